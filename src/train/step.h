// train/step.h - one step of training: forward, cross-entropy, backward, update.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nets/batch_norm.h"
#include "nets/libtorch.h"
#include "nets/network.h"
#include "tensor/tensor.h"
#include "train/gradient_sums.h"
#include "train/optimizer.h"
#include "train/peers.h"

namespace gerund::train {

struct StepOptions {
  double clip_grad_norm = 0;          ///< Largest L2 norm of the whole gradient; 0 leaves it as it is.
  std::vector<std::string> freeze;    ///< Beginnings of parameter names that stay as they are.
  double label_smoothing = 0;         ///< Share of the target that is spread over all classes, [0, 1).
  std::vector<double> class_weights;  ///< Of a clip in the loss, by class index; empty: all alike.
  double mixup_alpha = 0;             ///< Zhang et al. 2018; 0: no mixing.
  bool bf16 = false;                  ///< Convolutions and products in bfloat16.
  int64_t accumulate_batches = 1;     ///< Batches of an update, at most.
  int64_t batch_size = 0;             ///< Clips of a process in a whole batch: those of rank r begin at r * batch_size.
};

/// Trains a network on batches. The loss is the mean over the clips of all batches of an update, those of the peers
/// too, weighted by their classes: the update of several batches is that of one large batch, but for batch norm, which
/// sees the batches of peers as one and the batches of one process by themselves.
///
/// Threads: none. Random choices (dropout, mixup) follow from torch's random state, which is to be the same in all
/// processes: they are those of one process with the whole batch.
class TrainingStep {
 public:
  /// Frozen parameters need no gradient from now on. Throws UserError for a beginning that no parameter has.
  TrainingStep(std::shared_ptr<nets::Network> network, const spec::OptimSpec& optim, const StepOptions& options,
               Peers& peers);

  struct Result {
    double loss = 0;          ///< Mean over the batch, before the update.
    int64_t num_correct = 0;  ///< Clips whose highest logit was their class (their larger part's, where mixed).
  };
  /// Adds the gradient of a batch: `inputs` float32 [N, ...] each, in the network's order, `class_indices` int64 [N].
  /// `history`: frames of other clips of the batch, those of peers too, that stand before each clip
  /// (train/history.h); of a network with one volume. The network is put into training mode, its frozen batch norms
  /// excepted.
  Result add(std::span<const tensor::Tensor> inputs, std::span<const int64_t> class_indices, int64_t history = 0);

  /// Takes part in a batch of which only peers have clips. `inputs`: any of the right shapes; `history`: as theirs.
  void add_nothing(std::span<const tensor::Tensor> inputs, int64_t history);

  /// Changes the weights by the gradient that this process and its peers added up, which starts at 0 again.
  /// `num_updates`: those before.
  void update(double lr, int64_t num_updates);

  Optimizer& optimizer() { return optimizer_; }
  const Optimizer& optimizer() const { return optimizer_; }

 private:
  struct Target {
    torch::Tensor classes;  // int64 [N].
    double share = 1;       // Of the loss.
  };

  /// The batch of this process and its peers, in the order of one process that has them all.
  struct WholeBatch {
    std::vector<torch::Tensor> inputs;
    torch::Tensor classes;
    int64_t first = 0;  // Where the clips of this process begin.
  };

  void enter_training() const;
  bool needs_peers_clips(int64_t history) const { return history > 0 || options_.mixup_alpha > 0; }
  WholeBatch gather(const std::vector<torch::Tensor>& inputs, const torch::Tensor& classes, int64_t num_clips);
  std::vector<Target> prepare(std::vector<torch::Tensor>& inputs, const torch::Tensor& classes, int64_t history);
  torch::Tensor loss_sum(const torch::Tensor& logits, const Target& target) const;
  double weight_of(const Target& target) const;
  double clipping(double scale) const;

  std::shared_ptr<nets::Network> network_;
  StepOptions options_;
  Peers& peers_;
  nets::SharedStatistics statistics_;
  torch::Tensor class_weights_;  // float32 [classes], or undefined.
  Optimizer optimizer_;
  GradientSums gradient_sums_;
  double weight_sum_ = 0;  // Of the clips added since the last update.
};

}  // namespace gerund::train
