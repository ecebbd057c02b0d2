// train/optimizer.h - from gradients to new weights: SGD and AdamW.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nets/libtorch.h"
#include "nets/network.h"
#include "spec/experiment.h"
#include "tensor/tensor.h"

namespace gerund::train {

/// Updates the weights of a network that need gradients.
/// - sgd: momentum, Nesterov's on request, and L2 weight decay (Sutskever et al. 2013), as PyTorch's SGD.
/// - adamw: decoupled weight decay (Loshchilov & Hutter 2019), as PyTorch's AdamW.
/// torch::optim is not used: its state can be read only by keys that differ between LibTorch versions, and a
/// checkpoint needs it by name.
///
/// Threads: none.
/// Owns:    its state, one or two values per trainable weight.
class Optimizer {
 public:
  /// Throws UserError where a key of optim.lr_multipliers begins no name of a parameter.
  Optimizer(const nets::Network& network, const spec::OptimSpec& optim);

  /// One update from the gradients that the weights have, multiplied by `gradient_scale`. `num_updates`: those before
  /// this one. Weights without a gradient stay as they are.
  void update(double lr, double gradient_scale, int64_t num_updates);

  /// "momentum.NAME", or "exp_avg.NAME" and "exp_avg_sq.NAME", by parameter names. set_state throws UserError where
  /// names or shapes do not fit.
  std::map<std::string, tensor::Tensor> state() const;
  void set_state(const std::map<std::string, tensor::Tensor>& state);

 private:
  struct Slot {
    std::string name;
    torch::Tensor parameter;
    double rate_factor = 1;
    std::vector<torch::Tensor> values;  // One per name of value_names_.
  };

  /// Neighbouring elements of a slot: views.
  struct Part {
    torch::Tensor parameter;
    torch::Tensor gradient;
    std::vector<torch::Tensor> values;
  };

  static std::vector<Part> parts_of(const Slot& slot);
  void update_sgd(Part& part, double lr) const;
  void update_adamw(Part& part, double lr, int64_t num_updates) const;

  spec::OptimSpec optim_;
  std::vector<std::string> value_names_;
  std::vector<Slot> slots_;
};

}  // namespace gerund::train
