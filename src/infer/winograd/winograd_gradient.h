// infer/winograd/winograd_gradient.h - the gradient of a convolution's weights by Winograd's algorithm.
#pragma once

#include <cstdint>
#include <vector>

#include "infer/winograd/winograd_conv.h"

namespace gerund::infer {

/// Of convolutions of 3x3 pixels and stride 1 by F(4x4, 3x3), whatever their extent in time (at most 8) without stride.
///
/// Threads: const; run() from any number of threads at once, each with its own scratch.
class WinogradGradient {
 public:
  static bool applies(const ConvShape& shape);

  /// Throws InternalError where it does not apply. `held_bytes`: transformed tiles that are held at a time; samples are
  /// taken one by one where they are large, and their gradients add up.
  WinogradGradient(const WinogradKernels& kernels, const ConvShape& shape, int num_threads,
                   int64_t held_bytes = int64_t{48} << 20);

  /// Of one run().
  int64_t num_scratch_floats() const;

  /// `input` and `output_gradient` lie in blocks of kernels.lanes channels, as for WinogradConv; `gradient` float32
  /// [out_channels, in_channels, kernel...].
  void run(const float* input, const float* output_gradient, float* gradient, float* scratch) const;

 private:
  /// Tensors of one kind, transformed: [points, rows, stride]; a row is one tile of one sample of one frame, as in
  /// WinogradConv.
  struct Rows {
    ConvShape::Axes axes;  // Of the pictures.
    int64_t blocks;
    int64_t stride;
  };

  int64_t frame_rows(int64_t num_samples) const { return num_samples * num_tiles_; }
  int64_t point_stride(const Rows& rows) const;
  void transform(const Rows& rows, bool is_output, const float* pixels, int64_t first_sample, int64_t num_samples,
                 float* transformed) const;
  void multiply(const float* inputs, const float* outputs, int64_t num_samples, bool adds, float* products) const;
  void gather(const float* products, float* gradient) const;

  const WinogradKernels& kernels_;
  const ConvShape shape_;
  const int num_threads_;
  Rows input_, output_;
  int64_t num_tile_columns_, num_tiles_;
  int64_t samples_at_a_time_;
  int64_t product_stride_;  // Of one point and tap in time: [in_channels, output_.stride].
};

}  // namespace gerund::infer
