// train/device.h - the processor that a network trains on.
#pragma once

#include <string>

#include "nets/libtorch.h"
#include "spec/experiment.h"

namespace gerund::train {

/// train.device: "auto" (a CUDA GPU where there is one, else the CPU), "cpu", "cuda" or "cuda:N". Of several processes
/// on a machine each takes the GPU of its `local_rank`, but for "cuda:N". Throws UserError for another name and for a
/// GPU that LibTorch does not see here.
torch::Device choose_device(const std::string& name, int local_rank);

/// The same for a training, whose threads and cuDNN become what the spec says.
torch::Device prepare_device(const spec::TrainSpec& train, int local_rank);

}  // namespace gerund::train
