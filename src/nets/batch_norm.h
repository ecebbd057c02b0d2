// nets/batch_norm.h - batch norm that can take several processes' batches for one.
#pragma once

#include "nets/libtorch.h"
#include "nets/network.h"
#include "nets/shared_statistics.h"

namespace gerund::nets {

/// torch::nn::BatchNorm2d and 3d in one: normalises over all axes but 1, with parameters and statistics of their names.
/// In training mode with shared statistics, mean and variance are those of all peers' batches, and so are the
/// gradients through them.
class BatchNormImpl : public torch::nn::Module {
 public:
  explicit BatchNormImpl(int64_t num_features) : BatchNormImpl(torch::nn::BatchNormOptions(num_features)) {}
  explicit BatchNormImpl(const torch::nn::BatchNormOptions& options);

  torch::Tensor forward(const torch::Tensor& x) { return normalise(x, {}, false); }
  /// Then adds the residual (undefined: none; any layout), and applies a ReLU where `has_relu`. Of blocked tensors
  /// (nets/blocked.h) in one pass.
  torch::Tensor normalise(const torch::Tensor& x, const torch::Tensor& residual, bool has_relu);
  /// `shared` must outlive the training; nullptr ends the sharing.
  void share(const SharedStatistics* shared) { shared_ = shared; }

  torch::Tensor weight;
  torch::Tensor bias;
  torch::Tensor running_mean;
  torch::Tensor running_var;
  torch::Tensor num_batches_tracked;

 private:
  torch::Tensor normalise_rows(const torch::Tensor& x);
  torch::Tensor normalise_together(const torch::Tensor& given);
  void follow(const BatchStatistics& statistics);

  double epsilon_;
  double momentum_;
  const SharedStatistics* shared_ = nullptr;
};
TORCH_MODULE(BatchNorm);

/// With a ReLU behind it.
class BatchNormReluImpl : public BatchNormImpl {
 public:
  using BatchNormImpl::BatchNormImpl;
  torch::Tensor forward(const torch::Tensor& x) { return normalise(x, {}, true); }
};
TORCH_MODULE(BatchNormRelu);

/// Every batch norm of the network shares its statistics from now on.
void share_statistics(const Network& network, const SharedStatistics* shared);

}  // namespace gerund::nets
