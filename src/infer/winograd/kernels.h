// infer/winograd/kernels.h - the inner loops of Winograd convolution, once per instruction set.
//
// Note [Winograd convolution]
// Winograd's F(m x m, r x r) makes m x m outputs of an r x r convolution from a tile of a x a inputs, a = m + r - 1,
// with a * a multiplications instead of m * m * r * r (Lavin & Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2015): transform the tile, multiply point by point with the transformed weights, transform back. Each of
// the a * a points is a matrix product over channels. Taps in time are summed there, before the transform back: a 3x3x3
// convolution needs the transform of each input frame once and that of each output frame once.
// The transform of the input depends on `a` alone, so that one of 6 points covers F(4, 3) and F(3, 4), one of 8 F(6, 3)
// and F(5, 4), one of 9 F(7, 3) and F(6, 4).
// Pictures of networks are 7, 14, 28 or 56 pixels wide, which is where tiles of 7 outputs leave nothing over: at 14
// pixels F(7, 3) takes 0.56 times the multiplications of F(4, 3) or F(6, 3), at 28 and 56 0.81 times those of F(6, 3).
// Its finite points are 1/4, 5/8, 5/4, 5/2 and their negatives, found by a search over four pairs: the error of a
// convolution is 2.3 times that of F(6, 3), and three times less than with powers of two (tools/winograd_points.py).
// A convolution of stride 2 is the sum of four convolutions of stride 1, one per phase (parity of row and column) of
// its input, with kernels of half the extent: its channels are then those of all four phases. So are kernels of 5 to 8
// taps done; those of 3 by the next note.
//
// Note [Stride 2]
// Of three taps a, b, c with stride 2, along one axis: m outputs are F(m, 2) of the inputs at even places, by a and c,
// plus those at odd places times b. That takes m + 1 and m multiplications for a tile of 2 m + 1 inputs, instead of 3
// m; in two dimensions 25 for 2 x 2 outputs instead of 36, or 81 for 4 x 4 instead of 144. Points: 0, 1 and infinity,
// or 0, 1, -1, 2 and infinity; then the m odd places, which all have the weight b, so that only 4 or 6 weights per axis
// are kept (16 or 36 for 9 taps; four phases of F(5, 2) would be 144).
//
// Note [Products of halves]
// A processor with AMX multiplies bfloat16 sixteen times as fast as float32. A float32 number is the sum of two of
// bfloat16, high and low, but for 2^-17 of itself; of the product of two such sums the three parts that count are made,
// high * high + high * low + low * high, and summed in float32. Three for one leaves five times the speed, at 16 to 17
// bits instead of 24 (TensorFloat-32, for comparison: 11): the error of a whole network is four to ten times that of
// Winograd's algorithm in float32 (docs/adr/0015-products-of-halves.md).
// Infinity, whose low half would be NaN, becomes NaN.
// Both forms take the same memory: of 32 channels first all high halves lie there, then all low ones.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gerund::infer {

/// Which transform a tile of inputs gets.
struct TileForm {
  int points = 1;  ///< Per axis; the extent of the tile.
  int step = 1;    ///< Inputs from output to output: 2 by Note [Stride 2].
};

/// A tile of one phase of one frame. Channels come in blocks of `lanes`: a pixel is `lanes` neighbouring floats.
struct TileSource {
  const float* pixels;   ///< Pixel (0, 0) of the phase, first block.
  int64_t block_stride;  ///< Floats from block to block; the same for rows and pixels of the phase.
  int64_t row_stride;
  int64_t pixel_stride;
  int first_row;  ///< Of the tile in the phase; rows and columns outside [0, num_rows) and [0, num_columns) are zero.
  int first_column;
  int num_rows;
  int num_columns;
};

/// Output rows [first_row, last_row) of a product, which sum the taps [first_tap, last_tap).
struct ProductRows {
  int64_t first_row;
  int64_t last_row;
  int first_tap;
  int last_tap;
};

/// The matrix product of one point: output[row] = sum over taps k of input[row + tap_rows[k]] * weights[k]. Kernels
/// that multiply halves find input and weights in that form; see the note on top.
struct Product {
  const float* input;  ///< [rows, input_stride], `depth` floats of each row count.
  int64_t input_stride;
  const float* weights;  ///< [panels, taps, depth, panel_columns]
  float* output;         ///< [rows, output_stride]
  int64_t output_stride;
  int64_t depth;
  std::span<const int64_t> tap_rows;
  std::span<const ProductRows> rows;
  int64_t first_panel;  ///< Panels [first_panel, last_panel) of panel_columns output channels are made.
  int64_t last_panel;
  bool adds = false;  ///< To what output holds; where depth_multiple is 1.
  /// What the next product reads: its input, whose rows lie as these, and its first panel of weights. Kernels may fetch
  /// it from memory meanwhile; nullptr: unknown.
  const float* next_input = nullptr;
  const float* next_weights = nullptr;
};

/// The sum over rows of one point's outer products, for gradients of weights: output[i][o] = sum over r of
/// input[r][i] * gradient[r][o].
struct OuterProduct {
  const float* input;  ///< [num_rows, input_stride]
  int64_t input_stride;
  const float* gradient;  ///< [num_rows, gradient_stride]
  int64_t gradient_stride;
  int64_t num_rows;
  float* output;  ///< [num_inputs, output_stride]
  int64_t output_stride;
  int64_t num_inputs;  ///< Input channels.
  int64_t num_panels;  ///< Of panel_columns output channels.
  bool adds;           ///< To what output holds.
};

/// Where a tile of outputs goes, and what is done with it: clamp(tile + bias + residual, low, high).
struct TileTarget {
  float* pixels;          ///< First pixel of the tile, first block.
  const float* residual;  ///< The same place of a tensor of the same layout; nullptr: none.
  const float* bias;      ///< [num_blocks * lanes]
  int64_t block_stride;
  int64_t row_stride;
  int64_t pixel_stride;
  int num_rows;  ///< Rows and columns of the tile that are inside the output, at least 1.
  int num_columns;
  float low;
  float high;
};

/// A panel's filters of some input channels, each as WinogradKernels::transform_weights reads it.
struct ChannelWeights {
  const float* kernels;
  int64_t stride;  ///< Floats from channel to channel.
  int64_t count;
};

/// The kernels of one instruction set.
struct WinogradKernels {
  const char* name;
  int lanes;           ///< Channels of a block: floats of a vector.
  int panel_columns;   ///< Output channels of a panel of weights: two vectors.
  int depth_multiple;  ///< Product::depth must be a multiple.

  /// Transforms one input channel of a panel's filters: kernel[(row * taps + column) * panel_columns + lane] goes to
  /// transformed[(row * num_rows + column) * row_stride + lane], by the matrix [num_rows, taps] of matrices.h,
  /// `num_rows` of at most 9, `taps` of 3 or 4. In double precision, since it happens once.
  void (*transform_weights)(int num_rows, int taps, const double* matrix, const float* kernel, float* transformed,
                            int64_t row_stride);
  /// The same in float32, for weights that are transformed in every run, of 3 taps, by the matrix for `form`, of
  /// several input channels: that of channel c goes panel_columns * c floats further. nullptr where `depth_multiple` is
  /// not 1.
  void (*expand_weights)(const TileForm& form, const float* matrix, const ChannelWeights& weights, float* transformed,
                         int64_t row_stride);
  /// Brings transformed weights, [depth_multiple, panel_columns] of them, into the form that multiply wants, in place;
  /// nullptr: they are in it.
  void (*finish_weights)(float* transformed);
  /// Transforms a tile of form.points (1, 4, 6, 8 or 9; with steps of 2 5 or 9) inputs square: block b of channels goes
  /// to transformed[(row * points + column) * point_stride + b * lanes].
  void (*transform_input)(const TileForm& form, const TileSource& tile, int64_t num_blocks, float* transformed,
                          int64_t point_stride);
  void (*multiply)(const Product& product);
  /// Transforms products[(row * points + column) * point_stride + b * lanes] to a tile of `outputs` square, for
  /// (points, outputs) of (1, 1), (4, 2), (6, 3), (6, 4), (8, 5), (8, 6), (9, 6), (9, 7), and with steps of 2 (5, 2)
  /// and (9, 4).
  void (*transform_output)(const TileForm& form, int outputs, const float* products, int64_t point_stride,
                           int64_t num_blocks, const TileTarget& tile);

  /// The other way round, for gradients; nullptr where `depth_multiple` is not 1. Source of the method: the three
  /// transforms are linear, so that the gradient of the weights is G^T [(A dY A^T) * (B^T d B)] G. A dY A^T for a tile
  /// of 4 outputs square and 6 points: as transform_input.
  void (*spread_output)(const TileSource& tile, int64_t num_blocks, float* transformed, int64_t point_stride);
  void (*multiply_outer)(const OuterProduct& product);
  /// G^T x G of a panel, back from `transformed` to `kernel`; both, and `matrix`, as in transform_weights.
  void (*gather_weights)(int points, int taps, const double* matrix, const float* transformed, int64_t point_stride,
                         float* kernel);
};

/// The kernels that this processor runs, fastest first; the portable ones last, and always.
std::vector<const WinogradKernels*> winograd_kernels();

/// Those that multiply halves, in blocks of as many lanes as the fastest; nullptr where this processor has none.
const WinogradKernels* winograd_kernels_of_halves();

}  // namespace gerund::infer
