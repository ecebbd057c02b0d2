// tests/ops/training_conv_test.cc - convolutions and their gradients beside sums in double precision.
#include "ops/training_conv.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "base/random.h"
#include "infer/onednn/layout.h"

namespace gerund::ops {
namespace {

using infer::ConvShape;
using Values = std::vector<float>;

Values random_values(int64_t count, base::Random& random) {
  Values values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(random.uniform() * 2 - 1);
  return values;
}

int64_t volume(const ConvShape::Axes& axes) {
  return axes[0] * axes[1] * axes[2];
}

/// Place of an element of [N, C, D, H, W] in memory.
int64_t place_of(int64_t n, int64_t c, int64_t at, int64_t channels, int64_t pixels, bool is_blocked) {
  if (!is_blocked) return (n * channels + c) * pixels + at;
  const int64_t lanes = infer::block_lanes();
  return ((n * (channels / lanes) + c / lanes) * pixels + at) * lanes + c % lanes;
}

/// Calls visit(output place, input place, weight place) for every product of the convolution.
void for_each_product(const ConvShape& s, bool input_is_blocked,
                      const std::function<void(int64_t, int64_t, int64_t)>& visit) {
  const int64_t in_pixels = volume(s.input), out_pixels = volume(s.output), taps = volume(s.kernel);
  for (int64_t y = 0; y < out_pixels; ++y) {
    const ConvShape::Axes out{y / (s.output[1] * s.output[2]), y / s.output[2] % s.output[1], y % s.output[2]};
    for (int64_t k = 0; k < taps; ++k) {
      const ConvShape::Axes tap{k / (s.kernel[1] * s.kernel[2]), k / s.kernel[2] % s.kernel[1], k % s.kernel[2]};
      ConvShape::Axes in{};
      bool is_inside = true;
      for (size_t axis = 0; axis < 3; ++axis) {
        in[axis] = out[axis] * s.stride[axis] - s.pad[axis] + tap[axis];
        is_inside = is_inside && in[axis] >= 0 && in[axis] < s.input[axis];
      }
      if (!is_inside) continue;
      const int64_t x = (in[0] * s.input[1] + in[1]) * s.input[2] + in[2];
      for (int64_t n = 0; n < s.batch; ++n)
        for (int64_t o = 0; o < s.out_channels; ++o)
          for (int64_t i = 0; i < s.in_channels; ++i)
            visit(place_of(n, o, y, s.out_channels, out_pixels, true),
                  place_of(n, i, x, s.in_channels, in_pixels, input_is_blocked), (o * s.in_channels + i) * taps + k);
    }
  }
}

double relative_error(const Values& made, const std::vector<double>& expected) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < made.size(); ++i) {
    difference += std::pow(static_cast<double>(made[i]) - expected[i], 2);
    size += expected[i] * expected[i];
  }
  return std::sqrt(difference / (size + 1e-30));
}

void expect_right(const ConvShape& shape, int num_threads, bool is_row_major = false) {
  const auto conv = TrainingConv::make(shape, is_row_major, num_threads);
  ASSERT_TRUE(conv.has_value());
  base::Random random(static_cast<uint64_t>(shape.input[1] * 1000 + shape.in_channels));
  const Values x = random_values(shape.batch * shape.in_channels * volume(shape.input), random);
  const Values w = random_values(shape.in_channels * shape.out_channels * volume(shape.kernel), random);
  const Values dy = random_values(shape.batch * shape.out_channels * volume(shape.output), random);
  std::vector<double> y(dy.size()), dx(x.size()), dw(w.size());
  for_each_product(shape, !is_row_major, [&](int64_t out, int64_t in, int64_t weight) {
    const auto o = static_cast<size_t>(out), i = static_cast<size_t>(in), k = static_cast<size_t>(weight);
    y[o] += static_cast<double>(x[i]) * static_cast<double>(w[k]);
    dx[i] += static_cast<double>(dy[o]) * static_cast<double>(w[k]);
    dw[k] += static_cast<double>(dy[o]) * static_cast<double>(x[i]);
  });
  Values made(dy.size());
  conv->forward(x.data(), w.data(), made.data());
  EXPECT_LT(relative_error(made, y), 2e-5);
  made.assign(w.size(), 7);
  conv->weight_gradient(x.data(), dy.data(), made.data());
  EXPECT_LT(relative_error(made, dw), 2e-5);
  if (is_row_major) return;
  made.assign(x.size(), 7);
  conv->input_gradient(dy.data(), w.data(), made.data());
  EXPECT_LT(relative_error(made, dx), 2e-5);
}

ConvShape make_shape(int64_t batch, int64_t in, int64_t out, ConvShape::Axes input, ConvShape::Axes kernel,
                     ConvShape::Axes stride, ConvShape::Axes pad) {
  ConvShape shape{batch, in, out, input, kernel, stride, pad, {}};
  for (size_t axis = 0; axis < 3; ++axis)
    shape.output[axis] = (input[axis] + 2 * pad[axis] - kernel[axis]) / stride[axis] + 1;
  return shape;
}

TEST(TrainingConv, IsRightForTheLayersOfANetwork) {
  for (const int num_threads : {1, 2}) {
    expect_right(make_shape(2, 3, 32, {4, 15, 14}, {5, 7, 7}, {2, 2, 2}, {2, 3, 3}), num_threads, true);
    expect_right(make_shape(1, 2, 16, {1, 15, 14}, {1, 7, 7}, {1, 2, 2}, {0, 3, 3}), num_threads, true);
    expect_right(make_shape(2, 16, 32, {3, 9, 8}, {3, 3, 3}, {1, 2, 2}, {1, 1, 1}), num_threads);
    expect_right(make_shape(2, 16, 32, {3, 9, 8}, {1, 1, 1}, {1, 2, 2}, {0, 0, 0}), num_threads);
    expect_right(make_shape(2, 32, 16, {5, 4, 4}, {3, 1, 1}, {1, 1, 1}, {1, 0, 0}), num_threads);
    expect_right(make_shape(2, 16, 16, {5, 6, 6}, {3, 3, 3}, {1, 1, 1}, {0, 1, 1}), num_threads);
  }
}

// Enough tiles for Winograd's algorithm, with remainders at the edges.
TEST(TrainingConv, IsRightByWinogradsAlgorithm) {
  for (const int num_threads : {1, 2}) {
    expect_right(make_shape(4, 16, 32, {3, 7, 9}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}), num_threads);
    expect_right(make_shape(2, 32, 16, {4, 13, 14}, {3, 3, 3}, {1, 1, 1}, {0, 1, 1}), num_threads);
    expect_right(make_shape(3, 16, 16, {1, 18, 17}, {1, 3, 3}, {1, 1, 1}, {0, 1, 1}), num_threads);
    expect_right(make_shape(3, 16, 48, {1, 18, 17}, {1, 3, 3}, {1, 1, 1}, {0, 0, 2}), num_threads);
  }
}

TEST(TrainingConv, IsNotForChannelsThatFillNoBlocks) {
  for (const auto& [in, out] : {std::pair(16, 12), std::pair(12, 16)}) {
    const ConvShape shape = make_shape(1, in, out, {1, 8, 8}, {1, 3, 3}, {1, 1, 1}, {0, 1, 1});
    EXPECT_FALSE(TrainingConv::make(shape, false, 1)) << in << " to " << out;
  }
}

}  // namespace
}  // namespace gerund::ops
