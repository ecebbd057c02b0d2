// nets/torch_engine.h - a checkpoint behind the engine interface, run by LibTorch.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "infer/engine.h"
#include "nets/architecture.h"
#include "tensor/tensor.h"

namespace gerund::nets {

class Network;

/// Threads of LibTorch's arithmetic, for the whole process; 0 is all cores.
void set_num_threads(int64_t num_threads);

/// Whether LibTorch sees a CUDA GPU here.
bool sees_gpu();

/// An engine with its own copy of the weights. Throws UserError where they do not fit the architecture.
std::unique_ptr<infer::Engine> make_torch_engine(const Architecture& architecture,
                                                 const std::map<std::string, tensor::Tensor>& weights);

/// An engine over a network that goes on training between runs: it is put into eval mode for the engine's life, then
/// back. While the engine lives, the network must not be trained.
std::unique_ptr<infer::Engine> make_torch_engine(std::shared_ptr<Network> network);

}  // namespace gerund::nets
