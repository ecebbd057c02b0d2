// nets/network.h - a network that trains, of any family.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "nets/architecture.h"
#include "nets/libtorch.h"

namespace gerund::nets {

/// A network that trains. Its parameters have the names of the project whose weights it takes: docs/networks.md.
///
/// Threads: none; forward of a network in eval mode may run in several threads at once.
class Network : public torch::nn::Module {
 public:
  explicit Network(Architecture architecture) : architecture_(std::move(architecture)) {}

  const Architecture& architecture() const { return architecture_; }

  /// One input for each of branches_of(architecture()), float32 [N, C * T, H, W] (2D) or [N, C, T, H, W] (3D), C = 3
  /// (rgb) or 2 (of), to logits [N, num_classes]. A volume may have any number of frames (i3d: at least 9). A causal
  /// network answers for the last T of them, those before are its history; a remainder of fewer than 4 frames at the
  /// end is not looked at.
  virtual torch::Tensor forward(std::span<const torch::Tensor> inputs) = 0;

  /// The network of one input, rgb or of, that sees this one: a branch of a joint network, else the network itself.
  virtual Network& branch(ModelType) { return *this; }

 private:
  Architecture architecture_;
};

/// The network with fresh weights: convolutions Kaiming normal (fan out, ReLU), batch norm 1 and 0 (the last of
/// a bottleneck 0 and 0), the last layers as PyTorch's Linear. They follow from torch's random state: call
/// torch::manual_seed first.
std::shared_ptr<Network> make_network(const Architecture& architecture);

}  // namespace gerund::nets
