// nets/blocked.h - layers that train in blocks of channels: Note [Why not LibTorch's] in ops/training_conv.h.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "nets/libtorch.h"
#include "nets/shared_statistics.h"
#include "ops/training_conv.h"

namespace gerund::nets {

/// While one lives, convolutions of this thread that get float32 tensors of the CPU, row-major, give blocked ones, and
/// all layers up to mean_over_space keep to that. Layers that blocks do not suit go on in rows.
///
/// Threads: belongs to the thread that made it.
class BlockedLayers {
 public:
  explicit BlockedLayers(bool is_on);
  ~BlockedLayers();
  BlockedLayers(const BlockedLayers&) = delete;
  BlockedLayers& operator=(const BlockedLayers&) = delete;

 private:
  bool before_;
};

/// True for float32 [N, C / lanes, D, H, W, lanes], D being 1 for pictures; false for [N, C, H, W] and [N, C, D, H, W].
bool is_blocked(const torch::Tensor& x);
/// A blocked tensor as [N, C, D, H, W], and the other way round, the gradient too. Views of the same memory.
torch::Tensor as_rows(const torch::Tensor& blocked);
torch::Tensor as_blocked(const torch::Tensor& rows);

/// Depth, height, width; depth 1, 1 and 0 for pictures.
struct ConvWindow {
  std::array<int64_t, 3> kernel;
  std::array<int64_t, 3> stride;
  std::array<int64_t, 3> pad;
};

/// The convolutions that one layer has met, by the shape of their input.
class BlockedConv {
 public:
  explicit BlockedConv(const ConvWindow& window) : window_(window) {}
  /// `in_rows` is called for what blocks do not suit; what it makes of a network's input is put in blocks if it fits.
  torch::Tensor run(const torch::Tensor& x, const torch::Tensor& weight,
                    const std::function<torch::Tensor(const torch::Tensor&)>& in_rows);

 private:
  const ops::TrainingConv* plan(const torch::Tensor& x, const torch::Tensor& weight);

  ConvWindow window_;
  std::map<std::vector<int64_t>, std::optional<ops::TrainingConv>> plans_;
};

/// torch::nn::Conv2d and Conv3d without groups, dilation and bias, for any layout.
class Conv2dImpl : public torch::nn::Conv2dImpl {
 public:
  explicit Conv2dImpl(const torch::nn::Conv2dOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  BlockedConv blocked_;
};
TORCH_MODULE(Conv2d);

class Conv3dImpl : public torch::nn::Conv3dImpl {
 public:
  explicit Conv3dImpl(const torch::nn::Conv3dOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  BlockedConv blocked_;
};
TORCH_MODULE(Conv3d);

/// What torch::max_pool2d and 3d do, for any layout.
torch::Tensor max_pool(const torch::Tensor& x, const ConvWindow& window);
/// [N, C] of any layout.
torch::Tensor mean_over_space(const torch::Tensor& x);
/// `history` positions of zeros before the first in time.
torch::Tensor pad_time(const torch::Tensor& x, int64_t history);

struct NormInputs {
  torch::Tensor x;       ///< Blocked.
  torch::Tensor weight;  ///< [C], as all that follow.
  torch::Tensor bias;
  torch::Tensor residual;  ///< As x, or undefined.
  bool has_relu;
};
struct NormOutput {
  torch::Tensor y;
  BatchStatistics statistics;
};
/// Batch norm with the batch's own statistics, or those of all peers' batches where `shared` is not nullptr; then the
/// residual is added, and the ReLU applied.
NormOutput normalise_blocked(const NormInputs& inputs, const SharedStatistics* shared, double epsilon);

}  // namespace gerund::nets
