// nets/resnet.h - ResNet with basic blocks for training, over pictures (2D) and over volumes (3D).
#pragma once

#include <torch/torch.h>

#include <memory>

#include "nets/architecture.h"

namespace gerund::nets {

/// A network that trains. Parameter names are PyTorch's: conv1.weight, bn1.*, layer1.0.conv1.weight, ...,
/// fc_cls.{weight,bias}.
///
/// Threads: none; forward of a network in eval mode may run in several threads at once.
class Network : public torch::nn::Module {
 public:
  /// float32 [N, 3 * T, H, W] (2D) or [N, 3, T, H, W] (3D) to logits [N, num_classes]. A volume may have any number of
  /// frames. A causal network answers for the last T of them, those before are its history; a remainder of fewer than
  /// 4 frames at the end is not looked at.
  virtual torch::Tensor forward(const torch::Tensor& input) = 0;
};

/// The network with fresh weights: convolutions Kaiming normal (fan out, ReLU), batch norm 1 and 0, head as PyTorch's
/// Linear. They follow from torch's random state: call torch::manual_seed first.
std::shared_ptr<Network> make_network(const Architecture& architecture);

}  // namespace gerund::nets
