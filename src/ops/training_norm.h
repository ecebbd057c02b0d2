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

/// The way back. `y` is what norm_forward made, or nullptr where it had no ReLU. First the sums over all pixels of all
/// samples: of the gradient g that gets past the ReLU, and of g * xhat, double [channels] each. They are the gradients
/// of bias and weight.
void norm_gradient_sums(const NormShape& shape, const float* x, const NormStatistics& statistics, const float* y,
                        const float* of_y, double* sums, double* products);

/// Then the gradient of x, through mean and variance too, and that of the residual (nullptr: not wanted). `sums` and
/// `products` are those of all `count` values per channel that the statistics were made of.
void norm_input_gradient(const NormShape& shape, const float* x, const NormStatistics& statistics, const float* weight,
                         const float* y, const float* of_y, const double* sums, const double* products, double count,
                         float* of_x, float* of_residual);

/// Both, for statistics of these samples alone: faster, as what is read twice is still in the cache.
void norm_gradients(const NormShape& shape, const float* x, const NormStatistics& statistics, const float* weight,
                    const float* y, const float* of_y, double* sums, double* products, float* of_x, float* of_residual);

}  // namespace gerund::ops
