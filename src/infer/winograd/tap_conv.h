// infer/winograd/tap_conv.h - one convolution as a sum of matrix products, one per tap of its kernel.
//
// Note [Shifted rows]
// The input's pixels become rows of a matrix, zeros around them. The pixels that tap k meets are then the rows of the
// output's pixels, all shifted by the same number of rows: output[row] = sum over k of input[row + shift_k] *
// weights[k]. With a stride the rows lie by phase, that is by the remainder of their coordinates, and the shift leads
// into the plane of the tap's phase. Some products fall between the rows of a picture, and nobody reads them. It pays
// where the kernels multiply halves (infer/winograd/kernels.h): for strides and single taps, which Winograd's algorithm
// does not help, and for small pictures, whose time goes into reading weights, since these are not transformed.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "infer/winograd/winograd_conv.h"

namespace gerund::infer {

/// Plans, packs weights and runs. Layouts and arguments are those of WinogradConv.
///
/// Threads: const; run() from any number of threads at once, each with its own scratch.
class TapConv {
 public:
  TapConv(const WinogradKernels& kernels, const ConvShape& shape, int num_threads);

  int64_t num_packed_floats() const;
  void pack(const float* weights, float* packed) const;
  /// Of one run().
  int64_t num_scratch_floats() const;
  void run(const ConvInput& input, const float* packed, const float* bias, const float* residual, float low, float high,
           float* output, float* scratch) const;

 private:
  /// The phases of one axis that taps meet, and the extent that each has in the matrix.
  struct Axis {
    std::vector<int64_t> parities;   // Of the phases.
    std::vector<int64_t> tap_phase;  // Index into `parities` per tap.
    std::vector<int64_t> tap_shift;  // Steps from the first place of a phase.
    int64_t first_step = 0;          // Input coordinate of place j: (j + first_step) * stride + parity.
    int64_t extent = 0;
  };

  static Axis axis_of(const ConvShape& shape, size_t axis);
  int64_t num_planes() const;
  int64_t place_rows() const { return axes_[0].extent * axes_[1].extent * axes_[2].extent; }
  int64_t sample_rows() const { return num_planes() * place_rows(); }
  void fill_line(const ConvInput& input, int64_t item, float* rows) const;
  void multiply(const float* packed, std::span<const ProductRows> rows, int64_t sample, int64_t first_panel,
                int64_t last_panel, const float* inputs, float* products) const;
  void finish_line(const float* products, int64_t item, const TileTarget& whole) const;

  const WinogradKernels& kernels_;
  const ConvShape shape_;
  const int num_threads_;
  std::array<Axis, 3> axes_;
  std::vector<int64_t> tap_rows_;
  int64_t in_blocks_, out_blocks_, num_panels_;
  int64_t depth_, output_stride_;
  std::vector<ProductRows> row_parts_;  // Of one sample.
};

}  // namespace gerund::infer
