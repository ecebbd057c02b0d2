// train/device.h - the processor that a network trains on.
#pragma once

#include <torch/torch.h>

#include <string>

namespace gerund::train {

/// train.device: "auto" (the first CUDA GPU, else the CPU), "cpu", "cuda" or "cuda:N". Throws UserError for another
/// name and for a GPU that LibTorch does not see here.
torch::Device choose_device(const std::string& name);

}  // namespace gerund::train
