// ops/training_norm.h - batch norm with what follows it in a residual network, forward and back, in one pass each.
#pragma once

#include <cstdint>

namespace gerund::ops {

/// Tensors in blocks of channels (infer::Layout::blocked): [batch, blocks, pixels, lanes], channels = blocks * lanes.
struct NormShape {
  int64_t batch = 1;
  int64_t blocks = 1;
  int64_t pixels = 1;  ///< Depth * height * width.
  int64_t lanes = 8;   ///< 8 or 16.
  int num_threads = 1;
};

/// float32 [channels] each.
struct NormStatistics {
  const float* mean;
  const float* inverse_deviation;  ///< 1 / sqrt(variance + epsilon).
};

/// Mean and (biased) variance per channel, float32 [channels], summed up in double precision: the same on any number of
/// threads.
void norm_statistics(const NormShape& shape, const float* x, float* mean, float* variance);

/// y = (x - mean) * inverse_deviation * weight + bias + residual (nullptr: none), not below 0 where `has_relu`.
void norm_forward(const NormShape& shape, const float* x, const NormStatistics& statistics, const float* weight,
                  const float* bias, const float* residual, bool has_relu, float* y);

/// What comes in and goes out on the way back; [channels] or as x.
struct NormGradients {
  const float* of_y;
  float* of_x;
  float* of_weight;
  float* of_bias;
  float* of_residual;  ///< nullptr: not wanted.
};

/// Through mean and variance too. `y` is what norm_forward made, or nullptr where it had no ReLU.
void norm_backward(const NormShape& shape, const float* x, const NormStatistics& statistics, const float* weight,
                   const float* y, const NormGradients& gradients);

}  // namespace gerund::ops
