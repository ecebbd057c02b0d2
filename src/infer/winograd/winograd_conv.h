// infer/winograd/winograd_conv.h - one convolution by Winograd's algorithm. Method: Note [Winograd convolution] in
// infer/winograd/kernels.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "infer/winograd/kernels.h"
#include "infer/winograd/matrices.h"

namespace gerund::infer {

/// A convolution without groups and dilation. Axes: depth (time), height, width; depth 1 for pictures.
struct ConvShape {
  using Axes = std::array<int64_t, 3>;
  int64_t batch = 1;
  int64_t in_channels = 1;
  int64_t out_channels = 1;
  Axes input{1, 1, 1};
  Axes kernel{1, 1, 1};
  Axes stride{1, 1, 1};
  Axes pad{0, 0, 0};  ///< Before the input; what is behind it follows from `output`.
  Axes output{1, 1, 1};
};

/// What a convolution reads, in blocks of channels: one tensor, or the frames of two, one behind the other, as a
/// network reads that goes on from where it stood.
struct ConvInput {
  // NOLINTNEXTLINE(google-explicit-constructor): one tensor is the common case.
  ConvInput(const float* whole) : first(whole) {}
  ConvInput(const float* first_part, int64_t its_frames, const float* rest_part)
      : first(first_part), num_first(its_frames), rest(rest_part) {}

  /// A frame of a sample: its first pixel of the first block, and how far it is to the next block.
  struct Frame {
    const float* pixels;
    int64_t block_stride;  ///< Floats.
  };
  Frame frame(const ConvShape& shape, int64_t lanes, int64_t sample, int64_t index) const;
  /// What is left of a batch behind its first samples.
  ConvInput from_sample(const ConvShape& shape, int64_t lanes, int64_t sample) const;

  const float* first;
  int64_t num_first = 0;        ///< Frames of `first`, where there is a `rest`.
  const float* rest = nullptr;  ///< nullptr: all are in `first`.
};

/// The arguments of one run() of a convolution.
struct ConvCall {
  const ConvInput& input;
  const float* packed;
  const float* bias;
  const float* residual;
  float low;
  float high;
  float* output;
};

/// What may be chosen for one convolution.
struct WinogradOptions {
  /// Points of the transform per axis, extent of an input tile: 4, 6, 8 or 9; of a 3x3 kernel with a stride of 2 5 or
  /// 9, by Note [Stride 2] in infer/winograd/kernels.h.
  int points = 6;
  /// Transformed tiles that a thread holds at a time. nullopt: Note [Blocks] in winograd_conv.cc.
  std::optional<int64_t> block_bytes = std::nullopt;
  /// Weights stay as they are, and are transformed in every run: Note [Lean weights] in winograd_conv.cc.
  bool is_lean = false;
};

/// Where weight (out, in, tap) of a convolution lies: out * out_stride + in * in_stride + tap, taps being those of the
/// kernel in row-major order, or, where `is_turned`, in the opposite one. A convolution's input gradient is a
/// convolution by its turned weights, input and output channels having changed places.
struct WeightOrder {
  int64_t out_stride;
  int64_t in_stride;
  bool is_turned = false;
};

/// Plans, packs weights and runs.
///
/// Threads: const; run() from any number of threads at once, each with its own scratch.
class WinogradConv {
 public:
  /// Can F(m, r) with `points` do this convolution? Its height and width must have the same stride. With 4 points: 1,
  /// and at most 3 taps; with 6, 8 or 9: 1 or 2, and at most 4 taps (per phase); at least 2, and on one axis 3. With 5
  /// or 9: also 2, and 3 taps.
  static bool applies(const ConvShape& shape, int points);
  /// And by these kernels? Some want the channels of a phase in larger multiples, and have too few bits for 9 points.
  static bool applies(const WinogradKernels& kernels, const ConvShape& shape, int points);
  /// And with lean weights? They must be 3 taps high and wide.
  static bool applies_lean(const WinogradKernels& kernels, const ConvShape& shape, int points);

  /// Throws InternalError where it does not apply.
  WinogradConv(const WinogradKernels& kernels, const ConvShape& shape, int num_threads, WinogradOptions options);

  int64_t num_packed_floats() const;
  /// Transforms weights float32 [out_channels, in_channels, kernel...] to the packed form.
  void pack(const float* weights, float* packed) const;
  void pack(const float* weights, const WeightOrder& order, float* packed) const;

  /// Of one run().
  int64_t num_scratch_floats() const;

  /// clamp(conv(input) + bias + residual, low, high). Tensors lie in blocks of kernels.lanes channels: float32 [batch,
  /// ceil(channels / lanes), D, H, W, lanes], zeros behind the last channel; `residual` (nullptr: none) and `output` as
  /// the output, `bias` [ceil(out_channels / lanes) * lanes]. `residual` may be `output`.
  void run(const ConvInput& input, const float* packed, const float* bias, const float* residual, float low, float high,
           float* output, float* scratch) const;

 private:
  static constexpr int64_t kMaxTimeTaps = 8;
  /// Rows or columns of one parity of the input.
  struct Phase {
    int parity = 0;
    int extent = 0;         // Rows or columns of this phase.
    int first_shift = 0;    // Of the tile of output 0.
    std::vector<int> taps;  // Kernel index per tap of the phase's kernel, -1: none (zero).
  };
  /// Tiles [first_tile, last_tile) of samples [first_sample, last_sample), transformed together. A row of a product is
  /// one tile of one frame; rows lie by frame, then by sample, then by tile.
  struct Block {
    int64_t first_sample, last_sample;
    int64_t first_tile, last_tile;
    int64_t num_tiles() const { return last_tile - first_tile; }
    int64_t frame_rows() const { return (last_sample - first_sample) * num_tiles(); }
  };

  /// One point of the products: which of the transformed inputs and outputs, and which of the weights.
  struct Point {
    int64_t values;
    int64_t weights;
  };

  /// Which rows a product reads and makes.
  struct Rows {
    std::array<int64_t, kMaxTimeTaps> taps{};
    std::array<ProductRows, 2 * kMaxTimeTaps + 1> ranges{};  // The first taps fall away one by one, then the last.
  };

  static TileForm form_of(const ConvShape& shape, int points);
  static std::vector<Phase> phases_of(const ConvShape& shape, size_t axis, int64_t stride);
  void plan_time();
  void plan_blocks(std::optional<int64_t> wanted_bytes);
  int64_t num_points() const { return int64_t{form_.points} * form_.points; }
  int64_t weight_size() const;  // Floats of one point's weights.
  int64_t output_rows(const Block& block) const { return shape_.output[0] * block.frame_rows(); }
  int64_t input_point_stride(const Block& block) const;
  int64_t output_point_stride(const Block& block) const;
  void transform_input(const ConvCall& call, const Block& block, int64_t item, float* transformed) const;
  void multiply(const ConvCall& call, const Block& block, size_t point, int64_t first_panel, int64_t last_panel,
                const float* transformed, float* products) const;
  void transform_input_lean(const Block& block, const TileSource& tile, float* row) const;
  Rows rows_of(const Block& block) const;
  void transform_output(const ConvCall& call, const Block& block, int64_t item, int64_t first_panel, int64_t last_panel,
                        const float* products, int64_t point_stride) const;
  void pack_lean(const float* weights, const WeightOrder& order, float* packed) const;
  int64_t num_expanded_floats() const;
  void run_lean_panel(const ConvCall& call, int64_t panel, const float* transformed, float* scratch) const;
  void run_lean(const ConvCall& call, float* scratch) const;
  void run_blocks(const ConvCall& call, float* scratch) const;
  void run_whole(const ConvCall& call, float* scratch) const;

  const WinogradKernels& kernels_;
  const ConvShape shape_;
  const int num_threads_;
  const TileForm form_;
  const bool is_lean_;
  std::vector<Phase> rows_, columns_;  // Phases of the two axes.
  int taps_;                           // r
  int outputs_;                        // m
  WeightTransform weight_transform_;   // Of an axis.
  std::vector<float> float_matrix_;    // Of it.
  std::vector<Point> product_points_;  // Those of one weight side by side.
  int64_t in_blocks_, out_blocks_, num_panels_;
  int64_t depth_, input_stride_, output_stride_;
  int64_t lean_depth_;  // Input channels whose lean weights a thread transforms at a time.
  int64_t num_tile_columns_, num_tiles_;
  // Time: frames lie by phase of the stride in time, so that the rows of a tap are contiguous for all outputs.
  int64_t num_frame_slots_ = 0;
  std::vector<int64_t> frame_slots_;  // Slot of each input frame, -1: no tap reads it.
  std::vector<int64_t> used_frames_;
  std::vector<int64_t> tap_slots_;         // Slot of tap k for output frame 0.
  std::vector<ProductRows> frame_ranges_;  // Output frames with the same taps inside the input.
  std::vector<Block> blocks_;
  bool whole_ = false;  // One block for all threads, which share out points and tiles.
};

}  // namespace gerund::infer
