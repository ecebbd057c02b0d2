// train/step.h - one step of training: forward, cross-entropy, backward, update.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "nets/network.h"
#include "spec/experiment.h"
#include "tensor/tensor.h"

namespace gerund::train {

/// Trains a network by stochastic gradient descent with momentum and weight decay (PyTorch's SGD without nesterov;
/// Sutskever et al. 2013). torch::optim::SGD is not used: its momentum can be read only by keys that differ between
/// LibTorch versions, and a checkpoint needs it by name.
///
/// Threads: none.
/// Owns:    one momentum value per trainable weight.
class TrainingStep {
 public:
  /// `clip_grad_norm`: largest L2 norm of the whole gradient; 0 leaves it as it is.
  TrainingStep(std::shared_ptr<nets::Network> network, const spec::OptimSpec& optim, double clip_grad_norm);

  struct Result {
    double loss = 0;          ///< Mean over the batch, before the update.
    int64_t num_correct = 0;  ///< Clips whose highest logit was their class.
  };
  /// `input` float32 [N, ...], `class_indices` int64 [N]. The network is put into training mode.
  Result run(const tensor::Tensor& input, std::span<const int64_t> class_indices, double lr);

  /// Momentum by parameter name, for checkpoints. set_momentum throws UserError where names or shapes do not fit.
  std::map<std::string, tensor::Tensor> momentum() const;
  void set_momentum(const std::map<std::string, tensor::Tensor>& momentum);

 private:
  struct Slot {
    std::string name;
    torch::Tensor parameter;
    torch::Tensor momentum;
  };

  void update(double lr);

  std::shared_ptr<nets::Network> network_;
  spec::OptimSpec optim_;
  double clip_grad_norm_;
  std::vector<Slot> slots_;
};

}  // namespace gerund::train
