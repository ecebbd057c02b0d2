// infer/winograd/kernels_body.h - the kernels, written once. Included by one file per instruction set, each compiled
// with its own flags: everything here has internal linkage (simd.h says why). Matrices: infer/winograd/matrices.h.
#pragma once

#include "infer/winograd/kernels.h"
#include "infer/winograd/simd.h"

namespace gerund::infer {
namespace {

/// A number that a lambda gets as a constant.
template <int VALUE>
struct Constant {
  static constexpr int value = VALUE;
};

template <int TAPS>
void transform_weights_of(int num_rows, const double* matrix, const float* kernel, float* transformed,
                          int64_t row_stride) {
  constexpr int kColumns = 2 * kLanes, kMostRows = 9;
  double half[kMostRows][TAPS][kColumns];
  for (int at = 0; at < num_rows; ++at) {
    for (int column = 0; column < TAPS; ++column) {
      double* sum = half[at][column];
      for (int lane = 0; lane < kColumns; ++lane) sum[lane] = 0;
      for (int row = 0; row < TAPS; ++row) {
        const double factor = matrix[at * TAPS + row];
        const float* from = kernel + (int64_t{row} * TAPS + column) * kColumns;
        for (int lane = 0; lane < kColumns; ++lane) sum[lane] += factor * static_cast<double>(from[lane]);
      }
    }
  }
  for (int row = 0; row < num_rows; ++row) {
    for (int column = 0; column < num_rows; ++column) {
      double sum[kColumns] = {};
      for (int tap = 0; tap < TAPS; ++tap) {
        const double factor = matrix[column * TAPS + tap];
        for (int lane = 0; lane < kColumns; ++lane) sum[lane] += factor * half[row][tap][lane];
      }
      float* to = transformed + (int64_t{row} * num_rows + column) * row_stride;
      for (int lane = 0; lane < kColumns; ++lane) to[lane] = static_cast<float>(sum[lane]);
    }
  }
}

void transform_weights(int num_rows, int taps, const double* matrix, const float* kernel, float* transformed,
                       int64_t row_stride) {
  if (taps == 3) return transform_weights_of<3>(num_rows, matrix, kernel, transformed, row_stride);
  return transform_weights_of<4>(num_rows, matrix, kernel, transformed, row_stride);
}

/// A row of three factors by three weights.
inline Vector expand_row(const float* factors, const Vector (&in)[3]) {
  return multiply_add(broadcast(factors[0]), in[0],
                      multiply_add(broadcast(factors[1]), in[1], multiply_by(broadcast(factors[2]), in[2])));
}

/// By the matrix of 4, 6, 8 or 9 points: 0 where their number is even, pairs of p and -p, infinity. A pair has its even
/// and its odd part in common; where there is no 0, the other sign.
template <int ROWS>
inline void expand_pairs(const float* matrix, const Vector (&in)[3], Vector (&out)[ROWS]) {
  constexpr int kFirst = ROWS % 2 == 0 ? 1 : 0;
  if constexpr (kFirst == 1) out[0] = multiply_by(broadcast(matrix[0]), in[0]);
#pragma GCC unroll 4
  for (int row = kFirst; row + 1 < ROWS; row += 2) {
    const float* factors = matrix + row * 3;
    const Vector even = multiply_add(broadcast(factors[0]), in[0], multiply_by(broadcast(factors[2]), in[2]));
    const Vector odd = multiply_by(broadcast(factors[1]), in[1]);
    out[row] = add(even, odd);
    out[row + 1] = kFirst == 1 ? subtract(even, odd) : subtract(odd, even);
  }
  out[ROWS - 1] = in[2];
}

/// Some channels at a time, row by row of the result: each lies in a place of its own, and neighbours of one place are
/// written one after the other.
template <int ROWS, bool HAS_PAIRS>
void expand_weights_of(const float* matrix, const ChannelWeights& weights, float* transformed, int64_t row_stride) {
  constexpr int kTaps = 3, kChannels = 8;
  const auto expand = [matrix](const Vector(&in)[kTaps], Vector(&out)[ROWS]) {
    if constexpr (HAS_PAIRS) return expand_pairs(matrix, in, out);
#pragma GCC unroll 6
    for (int row = 0; row < ROWS; ++row) out[row] = expand_row(matrix + row * kTaps, in);
  };
  for (int64_t first = 0; first < weights.count; first += kChannels) {
    const int64_t count = weights.count - first < kChannels ? weights.count - first : kChannels;
    Vector half[ROWS][kChannels][2][kTaps];
    for (int64_t channel = 0; channel < count; ++channel) {
      for (int side = 0; side < 2; ++side) {
        const float* kernel = weights.kernels + (first + channel) * weights.stride + side * kLanes;
#pragma GCC unroll 3
        for (int column = 0; column < kTaps; ++column) {
          Vector in[kTaps], out[ROWS];
#pragma GCC unroll 3
          for (int row = 0; row < kTaps; ++row) in[row] = load(kernel + (row * kTaps + column) * 2 * kLanes);
          expand(in, out);
#pragma GCC unroll 9
          for (int row = 0; row < ROWS; ++row) half[row][channel][side][column] = out[row];
        }
      }
    }
    for (int row = 0; row < ROWS; ++row) {
      for (int64_t channel = 0; channel < count; ++channel) {
        for (int side = 0; side < 2; ++side) {
          float* to = transformed + int64_t{row} * ROWS * row_stride + ((first + channel) * 2 + side) * kLanes;
          Vector out[ROWS];
          expand(half[row][channel][side], out);
#pragma GCC unroll 9
          for (int column = 0; column < ROWS; ++column) store(to + column * row_stride, out[column]);
        }
      }
    }
  }
}

void expand_weights(const TileForm& form, const float* matrix, const ChannelWeights& weights, float* transformed,
                    int64_t row_stride) {
  if (form.points == 4) return expand_weights_of<4, true>(matrix, weights, transformed, row_stride);
  if (form.points == 5) return expand_weights_of<4, false>(matrix, weights, transformed, row_stride);
  if (form.points == 6) return expand_weights_of<6, true>(matrix, weights, transformed, row_stride);
  if (form.points == 8) return expand_weights_of<8, true>(matrix, weights, transformed, row_stride);
  if (form.step == 1) return expand_weights_of<9, true>(matrix, weights, transformed, row_stride);
  return expand_weights_of<6, false>(matrix, weights, transformed, row_stride);
}

/// One point: the numbers themselves.
inline void transform_input_points(const Vector (&in)[1], Vector (&out)[1]) {
  out[0] = in[0];
}

/// Row by row the matrix of the input transform for the points 0, 1, -1 and infinity.
inline void transform_input_points(const Vector (&in)[4], Vector (&out)[4]) {
  out[0] = subtract(in[2], in[0]);
  out[1] = add(in[2], in[1]);
  out[2] = subtract(in[2], in[1]);
  out[3] = subtract(in[3], in[1]);
}

/// The same for the points 0, 1, -1, 2, -2 and infinity.
inline void transform_input_points(const Vector (&in)[6], Vector (&out)[6]) {
  const Vector two = broadcast(2), four = broadcast(4), five = broadcast(5);
  const Vector even = subtract_multiple(four, in[2], in[4]);
  const Vector odd = subtract_multiple(four, in[1], in[3]);
  const Vector far_even = subtract(in[4], in[2]);
  const Vector far_odd = subtract(in[3], in[1]);
  out[0] = multiply_add(four, in[0], subtract_multiple(five, in[2], in[4]));
  out[1] = add(even, odd);
  out[2] = subtract(even, odd);
  out[3] = multiply_add(two, far_odd, far_even);
  out[4] = subtract_multiple(two, far_odd, far_even);
  out[5] = multiply_add(four, in[1], subtract_multiple(five, in[3], in[5]));
}

/// The same for the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity.
inline void transform_input_points(const Vector (&in)[8], Vector (&out)[8]) {
  const Vector two = broadcast(2), half = broadcast(0.5), four = broadcast(4), quarter = broadcast(0.25);
  const Vector middle = broadcast(4.25), ends = broadcast(5.25), near = broadcast(1.25), five = broadcast(5);
  const Vector even = subtract_multiple(middle, in[4], add(in[2], in[6]));
  const Vector odd = subtract_multiple(middle, in[3], add(in[1], in[5]));
  out[0] = multiply_add(ends, subtract(in[2], in[4]), subtract(in[6], in[0]));
  out[1] = add(even, odd);
  out[2] = subtract(even, odd);
  const Vector far_even = subtract_multiple(near, in[4], multiply_add(quarter, in[2], in[6]));
  const Vector far_odd = subtract_multiple(near, in[3], multiply_add(quarter, in[1], in[5]));
  out[3] = multiply_add(two, far_odd, far_even);
  out[4] = subtract_multiple(two, far_odd, far_even);
  const Vector small_even = subtract_multiple(five, in[4], multiply_add(four, in[2], in[6]));
  const Vector small_odd = subtract_multiple(five, in[3], multiply_add(four, in[1], in[5]));
  out[5] = multiply_add(half, small_odd, small_even);
  out[6] = subtract_multiple(half, small_odd, small_even);
  out[7] = multiply_add(ends, subtract(in[3], in[5]), subtract(in[7], in[1]));
}

/// The points of F(7, 3) are pairs of p and -p.
constexpr int kNumPairs = 4;
constexpr double kPairs[kNumPairs] = {0.25, 0.625, 1.25, 2.5};

/// The coefficient of y^power in the product of (y - p * p) over all p of kPairs but `left_out`.
constexpr float pair_coefficient(int left_out, int power) {
  double coefficients[kNumPairs + 1] = {1};
  for (int pair = 0; pair < kNumPairs; ++pair) {
    if (pair == left_out) continue;
    for (int i = kNumPairs; i >= 0; --i)
      coefficients[i] = (i > 0 ? coefficients[i - 1] : 0) - kPairs[pair] * kPairs[pair] * coefficients[i];
  }
  return static_cast<float>(coefficients[power]);
}

/// For 1/4, 5/8, 5/4, 5/2, each with its negative, and infinity.
inline void transform_input_pairs(const Vector (&in)[9], Vector (&out)[9]) {
  const auto pair = [&](auto number) {
    constexpr int kPair = decltype(number)::value;
    constexpr float kZero = pair_coefficient(kPair, 0), kOne = pair_coefficient(kPair, 1);
    constexpr float kTwo = pair_coefficient(kPair, 2);
    const Vector zero = broadcast(kZero), one = broadcast(kOne), two = broadcast(kTwo);
    const Vector point = broadcast(static_cast<float>(kPairs[kPair]));
    const Vector even = multiply_add(zero, in[0], multiply_add(one, in[2], multiply_add(two, in[4], in[6])));
    const Vector odd = multiply_add(zero, in[1], multiply_add(one, in[3], multiply_add(two, in[5], in[7])));
    out[2 * kPair] = multiply_add(point, even, odd);
    out[2 * kPair + 1] = subtract_multiple(point, even, odd);
  };
  pair(Constant<0>());
  pair(Constant<1>());
  pair(Constant<2>());
  pair(Constant<3>());
  constexpr float kZero = pair_coefficient(-1, 0), kOne = pair_coefficient(-1, 1);
  constexpr float kTwo = pair_coefficient(-1, 2), kThree = pair_coefficient(-1, 3);
  out[8] =
      multiply_add(broadcast(kZero), in[0],
                   multiply_add(broadcast(kOne), in[2],
                                multiply_add(broadcast(kTwo), in[4], multiply_add(broadcast(kThree), in[6], in[8]))));
}

/// Note [Stride 2] in infer/winograd/kernels.h: for 0, 1 and infinity, then the odd places.
inline void transform_input_points(const Vector (&in)[5], Vector (&out)[5]) {
  out[0] = subtract(in[2], in[0]);
  out[1] = in[2];
  out[2] = subtract(in[4], in[2]);
  out[3] = in[1];
  out[4] = in[3];
}

/// The same for 0, 1, -1, 2 and infinity.
inline void transform_input_points(const Vector (&in)[9], Vector (&out)[9]) {
  const Vector two = broadcast(2), three = broadcast(3);
  const Vector last = subtract(in[6], in[4]);
  out[0] = multiply_add(two, subtract(in[0], in[4]), subtract(in[6], in[2]));
  out[1] = subtract_multiple(two, in[2], last);
  out[2] = multiply_add(two, in[2], subtract_multiple(three, in[4], in[6]));
  out[3] = subtract(in[6], in[2]);
  out[4] = subtract_multiple(two, subtract(in[6], in[2]), subtract(in[8], in[4]));
  out[5] = in[1];
  out[6] = in[3];
  out[7] = in[5];
  out[8] = in[7];
}

/// How a row of transformed inputs holds its channels: as they are.
struct AsFloats {
  static void keep(float* row, int64_t block, Vector channels) { store(row + block * kLanes, channels); }
};

template <int POINTS, int STEP>
inline void transform_input_axis(const Vector (&in)[POINTS], Vector (&out)[POINTS]) {
  if constexpr (POINTS == 9 && STEP == 1)
    return transform_input_pairs(in, out);
  else
    return transform_input_points(in, out);
}

template <int POINTS, int STEP, bool INSIDE, typename Form>
void transform_input_tile(const TileSource& tile, int64_t num_blocks, float* transformed, int64_t point_stride) {
  const float* corner = tile.pixels + tile.first_row * tile.row_stride + tile.first_column * tile.pixel_stride;
  for (int64_t block = 0; block < num_blocks; ++block) {
    const float* from = corner + block * tile.block_stride;
    Vector half[POINTS][POINTS];
    for (int column = 0; column < POINTS; ++column) {
      Vector in[POINTS], out[POINTS];
      const int x = tile.first_column + column;
      const bool column_inside = INSIDE || (x >= 0 && x < tile.num_columns);
#pragma GCC unroll 9
      for (int row = 0; row < POINTS; ++row) {
        const int y = tile.first_row + row;
        const bool is_inside = INSIDE || (column_inside && y >= 0 && y < tile.num_rows);
        in[row] = is_inside ? load(from + row * tile.row_stride + column * tile.pixel_stride) : zero();
      }
      transform_input_axis<POINTS, STEP>(in, out);
#pragma GCC unroll 9
      for (int row = 0; row < POINTS; ++row) half[row][column] = out[row];
    }
    for (int row = 0; row < POINTS; ++row) {
      Vector out[POINTS];
      transform_input_axis<POINTS, STEP>(half[row], out);
#pragma GCC unroll 9
      for (int column = 0; column < POINTS; ++column)
        Form::keep(transformed + (int64_t{row} * POINTS + column) * point_stride, block, out[column]);
    }
  }
}

template <int POINTS, int STEP, typename Form>
void transform_input_of(const TileSource& tile, int64_t num_blocks, float* transformed, int64_t point_stride) {
  const bool is_inside = tile.first_row >= 0 && tile.first_column >= 0 && tile.first_row + POINTS <= tile.num_rows &&
                         tile.first_column + POINTS <= tile.num_columns;
  is_inside ? transform_input_tile<POINTS, STEP, true, Form>(tile, num_blocks, transformed, point_stride)
            : transform_input_tile<POINTS, STEP, false, Form>(tile, num_blocks, transformed, point_stride);
}

template <typename Form>
void transform_input(const TileForm& form, const TileSource& tile, int64_t num_blocks, float* transformed,
                     int64_t point_stride) {
  if (form.points == 1) return transform_input_of<1, 1, Form>(tile, num_blocks, transformed, point_stride);
  if (form.points == 4) return transform_input_of<4, 1, Form>(tile, num_blocks, transformed, point_stride);
  if (form.points == 5) return transform_input_of<5, 2, Form>(tile, num_blocks, transformed, point_stride);
  if (form.points == 6) return transform_input_of<6, 1, Form>(tile, num_blocks, transformed, point_stride);
  if (form.points == 8) return transform_input_of<8, 1, Form>(tile, num_blocks, transformed, point_stride);
  if (form.step == 1) return transform_input_of<9, 1, Form>(tile, num_blocks, transformed, point_stride);
  return transform_input_of<9, 2, Form>(tile, num_blocks, transformed, point_stride);
}

/// Memory that is wanted soon, to be fetched a little with every step.
struct Ahead {
  const char* at;
  int64_t step;  // Bytes.
  void fetch() {
    __builtin_prefetch(at, 0, 2);
    at += step;
  }
};

/// Sums in registers, over all taps: ROWS rows of two vectors.
template <int ROWS>
void multiply_rows(const Product& product, int64_t first_row, const ProductRows& range, const float* panel,
                   float* output, Ahead inputs, Ahead next_weights) {
  Vector sums[ROWS][2];
#pragma GCC unroll 14
  for (int row = 0; row < ROWS; ++row) {
    sums[row][0] = product.adds ? load(output + row * product.output_stride) : zero();
    sums[row][1] = product.adds ? load(output + row * product.output_stride + kLanes) : zero();
  }
  const float* weights = panel + range.first_tap * product.depth * 2 * kLanes;
  for (int tap = range.first_tap; tap < range.last_tap; ++tap) {
    const float* input =
        product.input + (first_row + product.tap_rows[static_cast<size_t>(tap)]) * product.input_stride;
    const int64_t stride = product.input_stride;
    for (int64_t k = 0; k < product.depth; ++k) {
      const Vector left = load(weights), right = load(weights + kLanes);
      weights += int64_t{2} * kLanes;
      inputs.fetch();
      next_weights.fetch();
#pragma GCC unroll 14
      for (int row = 0; row < ROWS; ++row) {
        const Vector x = broadcast(input[row * stride + k]);
        sums[row][0] = multiply_add(x, left, sums[row][0]);
        sums[row][1] = multiply_add(x, right, sums[row][1]);
      }
    }
  }
#pragma GCC unroll 14
  for (int row = 0; row < ROWS; ++row) {
    store(output + row * product.output_stride, sums[row][0]);
    store(output + row * product.output_stride + kLanes, sums[row][1]);
  }
}

/// Calls multiply_rows<num_rows>, num_rows of [1, ROWS].
template <int ROWS>
void multiply_some_rows(int64_t num_rows, const Product& product, int64_t first_row, const ProductRows& range,
                        const float* panel, float* output, Ahead inputs, Ahead next_weights) {
  if (num_rows == ROWS) {
    multiply_rows<ROWS>(product, first_row, range, panel, output, inputs, next_weights);
  } else if constexpr (ROWS > 1) {
    multiply_some_rows<ROWS - 1>(num_rows, product, first_row, range, panel, output, inputs, next_weights);
  }
}

/// How many rows to take next of `left`: full tiles, the last two shared out evenly, since few rows leave the
/// processor's multipliers idle.
inline int64_t next_rows(int64_t left) {
  if (left >= int64_t{2} * kTileRows || left == kTileRows) return kTileRows;
  return left > kTileRows ? (left + 1) / 2 : left;
}

/// The floats at `from`, to be fetched in so many steps. Its `at` is nullptr where `from` is, and where they are too
/// many for the steps.
inline Ahead ahead(const float* from, int64_t floats, int64_t steps) {
  constexpr int64_t kCacheLine = 64;
  const int64_t bytes = floats * static_cast<int64_t>(sizeof(float));
  if (from == nullptr || steps == 0 || bytes > steps * kCacheLine) return {nullptr, 0};
  return {reinterpret_cast<const char*>(from), bytes / steps};
}

/// Steps of one panel: one per input channel, tap and tile of rows.
inline int64_t num_steps(const Product& product) {
  int64_t steps = 0;
  for (const ProductRows& range : product.rows)
    for (int64_t row = range.first_row; row < range.last_row; row += next_rows(range.last_row - row))
      steps += (range.last_tap - range.first_tap) * product.depth;
  return steps;
}

/// While it multiplies it fetches what comes next: the next panel of weights with each panel, the next product's input
/// with the first. Both lie in the last cache or beyond, where fetching rows of a few cache lines by need costs more
/// than multiplying them. Where rows are too few for that, the first of them fetch their own weights, kAhead earlier.
void multiply(const Product& product) {
  constexpr int64_t kAhead = 4096, kStep = 2 * kLanes * sizeof(float);  // Bytes.
  const int64_t panel_size = static_cast<int64_t>(product.tap_rows.size()) * product.depth * 2 * kLanes;
  const int64_t num_rows = product.rows.empty() ? 0 : product.rows.back().last_row, steps = num_steps(product);
  for (int64_t panel = product.first_panel; panel < product.last_panel; ++panel) {
    const float* weights = product.weights + panel * panel_size;
    const auto* const own = reinterpret_cast<const char*>(weights);
    const float* next_input = panel == product.first_panel ? product.next_input : nullptr;
    Ahead first = ahead(next_input, num_rows * product.input_stride, steps);
    Ahead second =
        ahead(panel + 1 < product.last_panel ? weights + panel_size : product.next_weights, panel_size, steps);
    const bool fetches_own = first.at == nullptr && second.at == nullptr;
    if (first.at == nullptr) first = {own, 0};  // Which is at hand.
    if (second.at == nullptr) second = {own, 0};
    for (const ProductRows& range : product.rows) {
      for (int64_t row = range.first_row; row < range.last_row;) {
        const int64_t count = next_rows(range.last_row - row),
                      done = (range.last_tap - range.first_tap) * product.depth;
        float* const output = product.output + row * product.output_stride + panel * 2 * kLanes;
        if (fetches_own && row == 0) {
          const char* const from = own + kAhead + range.first_tap * product.depth * kStep;
          multiply_some_rows<kTileRows>(count, product, row, range, weights, output, {from, kStep},
                                        {from + kStep / 2, kStep});
        } else {
          multiply_some_rows<kTileRows>(count, product, row, range, weights, output, first, second);
        }
        first.at += done * first.step;
        second.at += done * second.step;
        row += count;
      }
    }
  }
}

template <int OUTPUTS>
inline void transform_output_points(const Vector (&in)[1], Vector (&out)[OUTPUTS]) {
  static_assert(OUTPUTS == 1);
  out[0] = in[0];
}

/// The matrix of the output transform: out[i] = sum over points p of p^i * in[p]; infinity adds to the last.
template <int OUTPUTS>
inline void transform_output_points(const Vector (&in)[4], Vector (&out)[OUTPUTS]) {
  static_assert(OUTPUTS == 2);
  out[0] = add(in[0], add(in[1], in[2]));
  out[1] = add(subtract(in[1], in[2]), in[3]);
}

template <int OUTPUTS>
inline void transform_output_points(const Vector (&in)[6], Vector (&out)[OUTPUTS]) {
  const Vector near_sum = add(in[1], in[2]), near_difference = subtract(in[1], in[2]);
  const Vector far_sum = add(in[3], in[4]), far_difference = subtract(in[3], in[4]);
  out[0] = add(in[0], add(near_sum, far_sum));
  out[1] = multiply_add(broadcast(2), far_difference, near_difference);
  out[2] = multiply_add(broadcast(4), far_sum, near_sum);
  if constexpr (OUTPUTS > 3) out[3] = multiply_add(broadcast(8), far_difference, near_difference);
  out[OUTPUTS - 1] = add(out[OUTPUTS - 1], in[5]);
}

template <int OUTPUTS>
inline void transform_output_points(const Vector (&in)[8], Vector (&out)[OUTPUTS]) {
  static_assert(OUTPUTS == 5 || OUTPUTS == 6);
  const Vector near_sum = add(in[1], in[2]), near_difference = subtract(in[1], in[2]);
  const Vector far_sum = add(in[3], in[4]), far_difference = subtract(in[3], in[4]);
  const Vector small_sum = add(in[5], in[6]), small_difference = subtract(in[5], in[6]);
  const auto power = [](float far, Vector far_part, float small, Vector small_part, Vector near_part) {
    return multiply_add(broadcast(far), far_part, multiply_add(broadcast(small), small_part, near_part));
  };
  out[0] = add(add(in[0], near_sum), add(far_sum, small_sum));
  out[1] = power(2, far_difference, 1.F / 2, small_difference, near_difference);
  out[2] = power(4, far_sum, 1.F / 4, small_sum, near_sum);
  out[3] = power(8, far_difference, 1.F / 8, small_difference, near_difference);
  out[4] = power(16, far_sum, 1.F / 16, small_sum, near_sum);
  if constexpr (OUTPUTS > 5) out[5] = power(32, far_difference, 1.F / 32, small_difference, near_difference);
  out[OUTPUTS - 1] = add(out[OUTPUTS - 1], in[7]);
}

/// Of stride 2: what the even places make, then plus the odd ones.
template <int OUTPUTS>
inline void transform_output_points(const Vector (&in)[5], Vector (&out)[OUTPUTS]) {
  static_assert(OUTPUTS == 2);
  out[0] = add(add(in[0], in[1]), in[3]);
  out[1] = add(add(in[1], in[2]), in[4]);
}

template <int OUTPUTS>
inline void transform_output_pairs(const Vector (&in)[9], Vector (&out)[OUTPUTS]) {
  Vector sums[kNumPairs], differences[kNumPairs];
#pragma GCC unroll 4
  for (int pair = 0; pair < kNumPairs; ++pair) {
    sums[pair] = add(in[2 * pair], in[2 * pair + 1]);
    differences[pair] = subtract(in[2 * pair], in[2 * pair + 1]);
  }
  float powers[kNumPairs] = {1, 1, 1, 1};
#pragma GCC unroll 7
  for (int output = 0; output < OUTPUTS; ++output) {
    const Vector* parts = output % 2 == 0 ? sums : differences;
    Vector sum = output == 0 ? add(parts[0], parts[1]) : multiply_by(broadcast(powers[0]), parts[0]);
    if (output > 0) sum = multiply_add(broadcast(powers[1]), parts[1], sum);
    sum = multiply_add(broadcast(powers[2]), parts[2], sum);
    out[output] = multiply_add(broadcast(powers[3]), parts[3], sum);
#pragma GCC unroll 4
    for (int pair = 0; pair < kNumPairs; ++pair) powers[pair] *= static_cast<float>(kPairs[pair]);
  }
  out[OUTPUTS - 1] = add(out[OUTPUTS - 1], in[8]);
}

template <int OUTPUTS>
inline void transform_output_points(const Vector (&in)[9], Vector (&out)[OUTPUTS]) {
  if constexpr (OUTPUTS > 4) {
    transform_output_pairs(in, out);
  } else {
    const Vector sum = add(in[1], in[2]), difference = subtract(in[1], in[2]);
    out[0] = add(add(in[0], add(sum, in[3])), in[5]);
    out[1] = add(multiply_add(broadcast(2), in[3], difference), in[6]);
    out[2] = add(multiply_add(broadcast(4), in[3], sum), in[7]);
    out[3] = add(add(multiply_add(broadcast(8), in[3], difference), in[4]), in[8]);
  }
}

template <int POINTS, int OUTPUTS>
void transform_output_tile(const float* products, int64_t point_stride, int64_t num_blocks, const TileTarget& tile) {
  const Vector low = broadcast(tile.low), high = broadcast(tile.high);
  for (int64_t block = 0; block < num_blocks; ++block) {
    const float* from = products + block * kLanes;
    Vector half[OUTPUTS][POINTS];
    for (int column = 0; column < POINTS; ++column) {
      Vector in[POINTS], out[OUTPUTS];
#pragma GCC unroll 9
      for (int row = 0; row < POINTS; ++row) in[row] = load(from + (int64_t{row} * POINTS + column) * point_stride);
      transform_output_points(in, out);
#pragma GCC unroll 7
      for (int row = 0; row < OUTPUTS; ++row) half[row][column] = out[row];
    }
    const Vector bias = load(tile.bias + block * kLanes);
    for (int row = 0; row < tile.num_rows; ++row) {
      Vector out[OUTPUTS];
      transform_output_points(half[row], out);
      const int64_t offset = block * tile.block_stride + row * tile.row_stride;
#pragma GCC unroll 7
      for (int column = 0; column < OUTPUTS; ++column) {
        if (column >= tile.num_columns) break;
        Vector sum = add(out[column], bias);
        const int64_t pixel = offset + column * tile.pixel_stride;
        if (tile.residual != nullptr) sum = add(sum, load(tile.residual + pixel));
        store(tile.pixels + pixel, clamp(sum, low, high));
      }
    }
  }
}

void transform_output(const TileForm& form, int outputs, const float* products, int64_t point_stride,
                      int64_t num_blocks, const TileTarget& tile) {
  if (form.points == 1) return transform_output_tile<1, 1>(products, point_stride, num_blocks, tile);
  if (form.points == 4) return transform_output_tile<4, 2>(products, point_stride, num_blocks, tile);
  if (form.points == 5) return transform_output_tile<5, 2>(products, point_stride, num_blocks, tile);
  if (form.points == 9 && form.step == 2) return transform_output_tile<9, 4>(products, point_stride, num_blocks, tile);
  if (form.points == 9 && outputs == 6) return transform_output_tile<9, 6>(products, point_stride, num_blocks, tile);
  if (form.points == 9) return transform_output_tile<9, 7>(products, point_stride, num_blocks, tile);
  if (outputs == 3) return transform_output_tile<6, 3>(products, point_stride, num_blocks, tile);
  if (outputs == 4) return transform_output_tile<6, 4>(products, point_stride, num_blocks, tile);
  if (outputs == 5) return transform_output_tile<8, 5>(products, point_stride, num_blocks, tile);
  return transform_output_tile<8, 6>(products, point_stride, num_blocks, tile);
}

/// The transpose of transform_output_points.
inline void spread_output_points(const Vector (&in)[4], Vector (&out)[6]) {
  const Vector even = add(in[0], in[2]), odd = add(in[1], in[3]);
  const Vector far_even = multiply_add(broadcast(4), in[2], in[0]);
  const Vector far_odd = multiply_add(broadcast(4), in[3], in[1]);
  out[0] = in[0];
  out[1] = add(even, odd);
  out[2] = subtract(even, odd);
  out[3] = multiply_add(broadcast(2), far_odd, far_even);
  out[4] = subtract_multiple(broadcast(2), far_odd, far_even);
  out[5] = in[3];
}

void spread_output(const TileSource& tile, int64_t num_blocks, float* transformed, int64_t point_stride) {
  constexpr int kOutputs = 4, kPoints = 6;
  const float* corner = tile.pixels + tile.first_row * tile.row_stride + tile.first_column * tile.pixel_stride;
  for (int64_t block = 0; block < num_blocks; ++block) {
    const float* from = corner + block * tile.block_stride;
    float* to = transformed + block * kLanes;
    Vector half[kPoints][kOutputs];
    for (int column = 0; column < kOutputs; ++column) {
      Vector in[kOutputs], out[kPoints];
      const bool column_inside = tile.first_column + column < tile.num_columns;
#pragma GCC unroll 4
      for (int row = 0; row < kOutputs; ++row) {
        const bool is_inside = column_inside && tile.first_row + row < tile.num_rows;
        in[row] = is_inside ? load(from + row * tile.row_stride + column * tile.pixel_stride) : zero();
      }
      spread_output_points(in, out);
#pragma GCC unroll 6
      for (int row = 0; row < kPoints; ++row) half[row][column] = out[row];
    }
    for (int row = 0; row < kPoints; ++row) {
      Vector out[kPoints];
      spread_output_points(half[row], out);
#pragma GCC unroll 6
      for (int column = 0; column < kPoints; ++column)
        store(to + (int64_t{row} * kPoints + column) * point_stride, out[column]);
    }
  }
}

/// Sums in registers: ROWS input channels by two vectors of output channels.
template <int ROWS>
void multiply_outer_rows(const float* input, int64_t input_stride, const float* gradient, int64_t gradient_stride,
                         int64_t count, bool adds, float* output, int64_t output_stride) {
  Vector sums[ROWS][2];
#pragma GCC unroll 14
  for (int row = 0; row < ROWS; ++row) {
    sums[row][0] = adds ? load(output + row * output_stride) : zero();
    sums[row][1] = adds ? load(output + row * output_stride + kLanes) : zero();
  }
  for (int64_t k = 0; k < count; ++k, input += input_stride, gradient += gradient_stride) {
    const Vector left = load(gradient), right = load(gradient + kLanes);
#pragma GCC unroll 14
    for (int row = 0; row < ROWS; ++row) {
      const Vector x = broadcast(input[row]);
      sums[row][0] = multiply_add(x, left, sums[row][0]);
      sums[row][1] = multiply_add(x, right, sums[row][1]);
    }
  }
#pragma GCC unroll 14
  for (int row = 0; row < ROWS; ++row) {
    store(output + row * output_stride, sums[row][0]);
    store(output + row * output_stride + kLanes, sums[row][1]);
  }
}

/// Calls multiply_outer_rows<num_rows>, num_rows of [1, ROWS].
template <int ROWS, typename... Arguments>
void multiply_outer_some(int64_t num_rows, Arguments... arguments) {
  if (num_rows == ROWS) {
    multiply_outer_rows<ROWS>(arguments...);
  } else if constexpr (ROWS > 1) {
    multiply_outer_some<ROWS - 1>(num_rows, arguments...);
  }
}

void multiply_outer(const OuterProduct& product) {
  constexpr int64_t kRows = 192;  // Of a panel of gradients, which stays in the first cache for all input channels.
  for (int64_t first = 0; first < product.num_rows; first += kRows) {
    const int64_t count = first + kRows < product.num_rows ? kRows : product.num_rows - first;
    for (int64_t panel = 0; panel < product.num_panels; ++panel) {
      for (int64_t channel = 0; channel < product.num_inputs;) {
        const int64_t num_channels = next_rows(product.num_inputs - channel);
        multiply_outer_some<kTileRows>(
            num_channels, product.input + first * product.input_stride + channel, product.input_stride,
            product.gradient + first * product.gradient_stride + panel * 2 * kLanes, product.gradient_stride, count,
            product.adds || first > 0, product.output + channel * product.output_stride + panel * 2 * kLanes,
            product.output_stride);
        channel += num_channels;
      }
    }
  }
}

template <int TAPS>
void gather_weights_of(int points, const double* matrix, const float* transformed, int64_t point_stride,
                       float* kernel) {
  constexpr int kColumns = 2 * kLanes, kMaxPoints = 6;
  double half[TAPS][kMaxPoints][kColumns] = {};
  for (int row = 0; row < points; ++row) {
    for (int column = 0; column < points; ++column) {
      const float* from = transformed + (int64_t{row} * points + column) * point_stride;
      for (int tap = 0; tap < TAPS; ++tap) {
        const double factor = matrix[row * TAPS + tap];
        for (int lane = 0; lane < kColumns; ++lane) half[tap][column][lane] += factor * static_cast<double>(from[lane]);
      }
    }
  }
  for (int row = 0; row < TAPS; ++row) {
    for (int column = 0; column < TAPS; ++column) {
      double sum[kColumns] = {};
      for (int point = 0; point < points; ++point) {
        const double factor = matrix[point * TAPS + column];
        for (int lane = 0; lane < kColumns; ++lane) sum[lane] += factor * half[row][point][lane];
      }
      float* to = kernel + (int64_t{row} * TAPS + column) * kColumns;
      for (int lane = 0; lane < kColumns; ++lane) to[lane] = static_cast<float>(sum[lane]);
    }
  }
}

void gather_weights(int points, int taps, const double* matrix, const float* transformed, int64_t point_stride,
                    float* kernel) {
  if (taps == 2) return gather_weights_of<2>(points, matrix, transformed, point_stride, kernel);
  if (taps == 3) return gather_weights_of<3>(points, matrix, transformed, point_stride, kernel);
  return gather_weights_of<4>(points, matrix, transformed, point_stride, kernel);
}

constexpr WinogradKernels make_kernels(const char* name) {
  return {name,
          kLanes,
          2 * kLanes,
          1,
          transform_weights,
          expand_weights,
          nullptr,
          transform_input<AsFloats>,
          multiply,
          transform_output,
          spread_output,
          multiply_outer,
          gather_weights};
}

}  // namespace
}  // namespace gerund::infer
