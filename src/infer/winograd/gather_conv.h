// infer/winograd/gather_conv.h - one convolution of a small picture: matrix products that leave out the padding.
//
// Note [Gathered rows]
// In a picture of 4x4 pixels three of ten products of a 3x3 kernel meet padding. Here each tap meets the pixels that it
// has inside the picture and no others: they are gathered as rows of a matrix (im2col, tap by tap), multiplied with the
// tap's weights, and the results summed where they belong. Taps that have the same outputs, such as those of several
// frames, share one product, which sums them in registers. Weights take the space that they have in the file, which is
// what the last stages of a network ask for: their time goes into reading weights, and Winograd's transform would make
// those two to four times as large.
#pragma once

#include <cstdint>
#include <vector>

#include "infer/winograd/winograd_conv.h"

namespace gerund::infer {

/// Plans, packs weights and runs. Layouts and arguments are those of WinogradConv.
///
/// Threads: const; run() from any number of threads at once, each with its own scratch.
class GatherConv {
 public:
  GatherConv(const WinogradKernels& kernels, const ConvShape& shape, int num_threads);

  int64_t num_packed_floats() const;
  void pack(const float* weights, float* packed) const;
  /// Of one run().
  int64_t num_scratch_floats() const;
  void run(const ConvInput& input, const float* packed, const float* bias, const float* residual, float low, float high,
           float* output, float* scratch) const;

 private:
  /// Taps that have the same outputs.
  struct Group {
    std::vector<int64_t> outputs;  // Pixels, of all frames of one sample.
    std::vector<int64_t> inputs;   // [taps, outputs]: the pixel that the tap meets there.
    std::vector<int64_t> tap_rows;
    int64_t first_tap = 0;  // In the order of packed weights.
    int64_t first_row = 0;  // Of `inputs` in the gathered matrix.
    int64_t first_sum = 0;  // Of `outputs` among the results of all groups.
  };

  void plan_groups();
  int64_t num_pixels() const { return shape_.batch * shape_.output[0] * shape_.output[1] * shape_.output[2]; }
  void gather(const ConvInput& input, const Group& group, int64_t index, float* row) const;
  void run_panel(const ConvCall& call, int64_t panel, const float* rows, float* results) const;

  const WinogradKernels& kernels_;
  const ConvShape shape_;
  const int num_threads_;
  int64_t in_blocks_, out_blocks_, num_panels_;
  int64_t depth_, input_stride_;
  std::vector<Group> groups_;
  std::vector<int64_t> tap_order_;  // Of packed weights.
  int64_t num_rows_ = 0, num_sums_ = 0;
};

}  // namespace gerund::infer
