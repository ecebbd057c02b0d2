// The kernels of each instruction set that this processor has, the portable ones among them, against the definition of
// convolution. Whole engines run only the fastest.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "infer/winograd/batch_parts.h"
#include "infer/winograd/gather_conv.h"
#include "infer/winograd/matrices.h"
#include "infer/winograd/tap_conv.h"
#include "infer/winograd/winograd_conv.h"
#include "infer/winograd/winograd_gradient.h"

namespace gerund::infer {
namespace {

void expect_matrix(const WeightTransform& actual, const std::vector<double>& expected) {
  ASSERT_EQ(actual.matrix.size(), expected.size());
  EXPECT_EQ(static_cast<size_t>(actual.num_rows) * 3, expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(actual.matrix[i], expected[i], 1e-15) << i;
}

TEST(WeightTransform, HoldsTheNumbersOfThePaper) {
  // Lavin & Gray 2015, section 4.3, F(4x4, 3x3).
  const std::vector<double> expected{1.0 / 4,  0,         0,        -1.0 / 6, -1.0 / 6, -1.0 / 6,
                                     -1.0 / 6, 1.0 / 6,   -1.0 / 6, 1.0 / 24, 1.0 / 12, 1.0 / 6,
                                     1.0 / 24, -1.0 / 12, 1.0 / 6,  0,        0,        1};
  expect_matrix(weight_transform({6, 1}, 3), expected);
}

TEST(WeightTransform, HoldsTheNumbersOfF63) {
  // As NNPACK and wincnn have them for F(6x6, 3x3), but for the sign of the first row, which the inputs' has too.
  const std::vector<double> expected{-1,        0,          0,        -2.0 / 9,  -2.0 / 9,  -2.0 / 9,
                                     -2.0 / 9,  2.0 / 9,    -2.0 / 9, 1.0 / 90,  1.0 / 45,  2.0 / 45,
                                     1.0 / 90,  -1.0 / 45,  2.0 / 45, 32.0 / 45, 16.0 / 45, 8.0 / 45,
                                     32.0 / 45, -16.0 / 45, 8.0 / 45, 0,         0,         1};
  expect_matrix(weight_transform({8, 1}, 3), expected);
}

TEST(WeightTransform, HoldsTheNumbersOfF73) {
  // In fractions, by tools/winograd_points.py.
  const std::vector<double> expected{-4096.0 / 6237,
                                     -1024.0 / 6237,
                                     -256.0 / 6237,
                                     4096.0 / 6237,
                                     -1024.0 / 6237,
                                     256.0 / 6237,
                                     1048576.0 / 2953125,
                                     131072.0 / 590625,
                                     16384.0 / 118125,
                                     -1048576.0 / 2953125,
                                     131072.0 / 590625,
                                     -16384.0 / 118125,
                                     -4096.0 / 84375,
                                     -1024.0 / 16875,
                                     -256.0 / 3375,
                                     4096.0 / 84375,
                                     -1024.0 / 16875,
                                     256.0 / 3375,
                                     16384.0 / 13921875,
                                     8192.0 / 2784375,
                                     4096.0 / 556875,
                                     -16384.0 / 13921875,
                                     8192.0 / 2784375,
                                     -4096.0 / 556875,
                                     0,
                                     0,
                                     1};
  expect_matrix(weight_transform({9, 1}, 3), expected);
}

TEST(WeightTransform, KeepsOneRowForAllOddPlacesOfStride2) {
  // By hand, from Note [Stride 2]: taps a, c for even places; a - c by -6 is point -1 of F(4, 2).
  const std::vector<double> expected{1.0 / 2, 0, 0,       -1.0 / 2, 0, -1.0 / 2, -1.0 / 6, 0, 1.0 / 6,
                                     1.0 / 6, 0, 1.0 / 3, 0,        0, 1,        0,        1, 0};
  const WeightTransform of_nine = weight_transform({9, 2}, 3);
  expect_matrix(of_nine, expected);
  EXPECT_EQ(of_nine.row_of_point, (std::vector<size_t>{0, 1, 2, 3, 4, 5, 5, 5, 5}));
  const WeightTransform of_five = weight_transform({5, 2}, 3);
  expect_matrix(of_five, {-1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0});
  EXPECT_EQ(of_five.row_of_point, (std::vector<size_t>{0, 1, 2, 3, 3}));
}

std::vector<const WinogradKernels*> with_halves() {
  std::vector<const WinogradKernels*> all = winograd_kernels();
  if (const WinogradKernels* halves = winograd_kernels_of_halves()) all.push_back(halves);
  return all;
}

std::string name_of(const testing::TestParamInfo<const WinogradKernels*>& test) {
  return test.param->name;
}

class EveryKernel : public testing::TestWithParam<const WinogradKernels*> {};
INSTANTIATE_TEST_SUITE_P(All, EveryKernel, testing::ValuesIn(with_halves()), name_of);

class EveryFloatKernel : public testing::TestWithParam<const WinogradKernels*> {};
INSTANTIATE_TEST_SUITE_P(All, EveryFloatKernel, testing::ValuesIn(winograd_kernels()), name_of);

/// Values in blocks of lanes.
struct Blocked {
  Blocked(int64_t batch, int64_t channels_, const ConvShape::Axes& extent_, int64_t lanes_)
      : channels(channels_), lanes(lanes_), extent(extent_) {
    values.resize(
        static_cast<size_t>(batch * ((channels + lanes - 1) / lanes) * lanes * extent[0] * extent[1] * extent[2]));
  }
  float& at(int64_t n, int64_t c, int64_t d, int64_t h, int64_t w) {
    const int64_t blocks = (channels + lanes - 1) / lanes;
    const int64_t pixel = (((n * blocks + c / lanes) * extent[0] + d) * extent[1] + h) * extent[2] + w;
    return values[static_cast<size_t>(pixel * lanes + c % lanes)];
  }
  int64_t channels, lanes;
  ConvShape::Axes extent;
  std::vector<float> values;
};

/// Frames [0, num_first) of `x`, and the others.
std::pair<Blocked, Blocked> split(Blocked& x, const ConvShape& s, int64_t num_first) {
  std::pair<Blocked, Blocked> parts{
      {s.batch, s.in_channels, {num_first, s.input[1], s.input[2]}, x.lanes},
      {s.batch, s.in_channels, {s.input[0] - num_first, s.input[1], s.input[2]}, x.lanes}};
  for (int64_t n = 0; n < s.batch; ++n)
    for (int64_t c = 0; c < s.in_channels; ++c)
      for (int64_t d = 0; d < s.input[0]; ++d)
        for (int64_t h = 0; h < s.input[1]; ++h)
          for (int64_t w = 0; w < s.input[2]; ++w) {
            Blocked& part = d < num_first ? parts.first : parts.second;
            part.at(n, c, d < num_first ? d : d - num_first, h, w) = x.at(n, c, d, h, w);
          }
  return parts;
}

/// The largest error of clamp(conv + bias + residual, -1, 2) on random values.
template <typename Conv>
double worst_error(const Conv& conv, const WinogradKernels& kernels, const ConvShape& s, base::Random& random) {
  const int64_t num_first = random.below(s.input[0]);  // Frames that lie in a tensor of their own.
  const int64_t lanes = kernels.lanes;
  Blocked x(s.batch, s.in_channels, s.input, lanes), y(s.batch, s.out_channels, s.output, lanes), residual = y;
  std::vector<float> weights(
      static_cast<size_t>(s.out_channels * s.in_channels * s.kernel[0] * s.kernel[1] * s.kernel[2]));
  std::vector<float> bias(static_cast<size_t>((s.out_channels + 63) / 64 * 64), 0.0F);
  for (float& w : weights) w = static_cast<float>(random.uniform(-1, 1));
  for (int64_t k = 0; k < s.out_channels; ++k) bias[static_cast<size_t>(k)] = static_cast<float>(random.uniform(-1, 1));
  const auto fill = [&](Blocked& tensor) {
    for (int64_t n = 0; n < s.batch; ++n)
      for (int64_t c = 0; c < tensor.channels; ++c)
        for (int64_t d = 0; d < tensor.extent[0]; ++d)
          for (int64_t h = 0; h < tensor.extent[1]; ++h)
            for (int64_t w = 0; w < tensor.extent[2]; ++w)
              tensor.at(n, c, d, h, w) = static_cast<float>(random.uniform(-1, 1));
  };
  fill(x);
  fill(residual);
  std::vector<float> packed(static_cast<size_t>(conv.num_packed_floats()), std::nanf(""));
  std::vector<float> scratch(static_cast<size_t>(conv.num_scratch_floats()), std::nanf(""));
  std::ranges::fill(y.values, std::nanf(""));
  conv.pack(weights.data(), packed.data());
  const auto [first, rest] = split(x, s, num_first);
  const ConvInput input =
      num_first == 0 ? ConvInput(x.values.data()) : ConvInput(first.values.data(), num_first, rest.values.data());
  conv.run(input, packed.data(), bias.data(), residual.values.data(), -1, 2, y.values.data(), scratch.data());
  double worst = 0;
  for (int64_t n = 0; n < s.batch; ++n)
    for (int64_t k = 0; k < s.out_channels; ++k)
      for (int64_t d = 0; d < s.output[0]; ++d)
        for (int64_t h = 0; h < s.output[1]; ++h)
          for (int64_t w = 0; w < s.output[2]; ++w) {
            double sum = static_cast<double>(bias[static_cast<size_t>(k)]) + residual.at(n, k, d, h, w);
            for (int64_t c = 0; c < s.in_channels; ++c)
              for (int64_t a = 0; a < s.kernel[0]; ++a)
                for (int64_t i = 0; i < s.kernel[1]; ++i)
                  for (int64_t j = 0; j < s.kernel[2]; ++j) {
                    const int64_t t = d * s.stride[0] - s.pad[0] + a, v = h * s.stride[1] - s.pad[1] + i,
                                  u = w * s.stride[2] - s.pad[2] + j;
                    if (t < 0 || t >= s.input[0] || v < 0 || v >= s.input[1] || u < 0 || u >= s.input[2]) continue;
                    const int64_t tap =
                        (((k * s.in_channels + c) * s.kernel[0] + a) * s.kernel[1] + i) * s.kernel[2] + j;
                    sum += static_cast<double>(weights[static_cast<size_t>(tap)]) * x.at(n, c, t, v, u);
                  }
            const double error = std::abs(std::clamp(sum, -1.0, 2.0) - static_cast<double>(y.at(n, k, d, h, w)));
            if (!(error <= worst)) worst = error;  // NaN too.
          }
  return worst;
}

/// Halves have 16 bits instead of 24.
double allowed_error(const WinogradKernels& kernels, const ConvShape& s) {
  const auto num_terms = static_cast<double>(s.in_channels * s.kernel[0] * s.kernel[1] * s.kernel[2]);
  return (kernels.depth_multiple > 1 ? 4e-4 : 3e-5) * std::sqrt(num_terms);
}

/// Draws input and padding for the kernel and stride of an axis.
void draw_extents(ConvShape& s, size_t axis, int64_t most_beyond_kernel, base::Random& random) {
  s.input[axis] = s.kernel[axis] + random.below(most_beyond_kernel + 1);
  s.pad[axis] = random.below(s.kernel[axis]);
  s.output[axis] = (s.input[axis] + 2 * s.pad[axis] - s.kernel[axis]) / s.stride[axis] + 1;
}

TEST_P(EveryKernel, ConvolvesWithResidualAndClamp) {
  base::Random random(3);
  const auto draw = [&](int64_t low, int64_t high) { return low + random.below(high - low + 1); };
  for (int round = 0; round < 25; ++round) {
    ConvShape s;
    s.batch = draw(1, 5);
    s.in_channels = round % 5 == 0 ? draw(20, 70) : draw(1, 19);
    s.out_channels = draw(1, 35);
    s.stride = {draw(1, 2), 1, 1};
    s.stride[1] = s.stride[2] = draw(1, 2);
    s.kernel = {draw(1, 3), 3, 3};
    if (s.stride[1] == 2) s.kernel[1] = s.kernel[2] = draw(3, 7);
    for (size_t axis = 0; axis < 3; ++axis) draw_extents(s, axis, 9, random);
    for (const int points : {4, 5, 6, 8, 9}) {
      if (!WinogradConv::applies(*GetParam(), s, points)) continue;
      for (const bool is_lean : {false, true}) {
        if (is_lean && !WinogradConv::applies_lean(*GetParam(), s, points)) continue;
        const WinogradConv conv(*GetParam(), s, 2, {points, draw(1, 1 << 20), is_lean});
        const bool has_steps = s.stride[1] == 2 && s.kernel[1] == 3 && s.kernel[2] == 3;
        const double more = points == 9 && !has_steps ? 3 : 1;  // For the larger numbers of F(7, 3) and F(6, 4).
        EXPECT_LE(worst_error(conv, *GetParam(), s, random), more * allowed_error(*GetParam(), s))
            << GetParam()->name << " round " << round << " points " << points << (is_lean ? " lean" : "");
      }
    }
  }
}

/// A convolution of any strides and few taps.
ConvShape draw_taps(int64_t most_beyond_kernel, base::Random& random) {
  const auto draw = [&](int64_t low, int64_t high) { return low + random.below(high - low + 1); };
  ConvShape s;
  s.batch = draw(1, 3);
  s.in_channels = draw(1, 70);
  s.out_channels = draw(1, 70);
  for (size_t axis = 0; axis < 3; ++axis) {
    s.kernel[axis] = draw(1, axis == 0 ? 3 : 4);
    s.stride[axis] = draw(1, 3);
    draw_extents(s, axis, most_beyond_kernel, random);
  }
  return s;
}

TEST_P(EveryKernel, SumsTaps) {
  base::Random random(5);
  for (int round = 0; round < 40; ++round) {
    const ConvShape s = draw_taps(round % 8 == 0 ? 20 : 6, random);
    const TapConv conv(*GetParam(), s, 2);
    EXPECT_LE(worst_error(conv, *GetParam(), s, random), allowed_error(*GetParam(), s) / 4)
        << GetParam()->name << " round " << round;
  }
}

TEST_P(EveryKernel, SumsTapsOfMoreWeightsThanStayInACache) {
  base::Random random(6);
  const ConvShape s{1, 512, 40, {2, 4, 4}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {2, 4, 4}};
  const TapConv conv(*GetParam(), s, 2);
  EXPECT_LE(worst_error(conv, *GetParam(), s, random), allowed_error(*GetParam(), s) / 4);
}

TEST_P(EveryFloatKernel, GathersWhatTapsMeet) {
  base::Random random(7);
  for (int round = 0; round < 40; ++round) {
    ConvShape s = draw_taps(6, random);
    if (round % 4 == 0) {  // Taps, and with them outputs, that meet padding alone.
      s.pad[0] = s.kernel[0] + 1;
      s.output[0] = (s.input[0] + 2 * s.pad[0] - s.kernel[0]) / s.stride[0] + 1;
    }
    const GatherConv conv(*GetParam(), s, 2);
    EXPECT_LE(worst_error(conv, *GetParam(), s, random), allowed_error(*GetParam(), s) / 4)
        << GetParam()->name << " round " << round;
  }
}

TEST_P(EveryFloatKernel, TakesABatchInParts) {
  base::Random random(9);
  for (const int64_t samples_at_a_time : {1, 2, 3, 7}) {
    const ConvShape s{7, 20, 40, {3, 5, 5}, {2, 3, 3}, {1, 1, 1}, {0, 1, 1}, {2, 5, 5}};
    const auto make = [&](const ConvShape& part) { return std::make_shared<const GatherConv>(*GetParam(), part, 2); };
    ConvShape some = s;
    some.batch = samples_at_a_time;
    const BatchParts<GatherConv> conv(s, GetParam()->lanes, make(some)->num_scratch_floats(), make);
    EXPECT_LE(conv.num_scratch_floats(), make(some)->num_scratch_floats());
    EXPECT_LE(worst_error(conv, *GetParam(), s, random), allowed_error(*GetParam(), s) / 4) << samples_at_a_time;
  }
}

TEST_P(EveryFloatKernel, FindsGradientsOfWeights) {
  base::Random random(4);
  const auto draw = [&](int64_t low, int64_t high) { return low + random.below(high - low + 1); };
  const int64_t lanes = GetParam()->lanes;
  for (int round = 0; round < 25; ++round) {
    ConvShape s;
    s.batch = draw(1, 5);
    s.in_channels = draw(1, 19);
    s.out_channels = draw(1, 35);
    s.kernel = {draw(1, 3), 3, 3};
    for (size_t axis = 0; axis < 3; ++axis) draw_extents(s, axis, 9, random);
    Blocked x(s.batch, s.in_channels, s.input, lanes), dy(s.batch, s.out_channels, s.output, lanes);
    for (Blocked* tensor : {&x, &dy})
      for (float& value : tensor->values) value = static_cast<float>(random.uniform(-1, 1));
    const WinogradGradient conv(*GetParam(), s, 2, draw(1, 1 << 20));
    std::vector<float> gradient(static_cast<size_t>(s.out_channels * s.in_channels * s.kernel[0] * 9));
    std::vector<float> scratch(static_cast<size_t>(conv.num_scratch_floats()), std::nanf(""));
    conv.run(x.values.data(), dy.values.data(), gradient.data(), scratch.data());
    size_t at = 0;
    for (int64_t k = 0; k < s.out_channels; ++k)
      for (int64_t c = 0; c < s.in_channels; ++c)
        for (int64_t a = 0; a < s.kernel[0]; ++a)
          for (int64_t i = 0; i < 3; ++i)
            for (int64_t j = 0; j < 3; ++j, ++at) {
              double sum = 0;
              for (int64_t n = 0; n < s.batch; ++n)
                for (int64_t d = 0; d < s.output[0]; ++d)
                  for (int64_t h = 0; h < s.output[1]; ++h)
                    for (int64_t w = 0; w < s.output[2]; ++w) {
                      const int64_t t = d - s.pad[0] + a, v = h - s.pad[1] + i, u = w - s.pad[2] + j;
                      if (t < 0 || t >= s.input[0] || v < 0 || v >= s.input[1] || u < 0 || u >= s.input[2]) continue;
                      sum += static_cast<double>(dy.at(n, k, d, h, w)) * static_cast<double>(x.at(n, c, t, v, u));
                    }
              ASSERT_NEAR(static_cast<double>(gradient[at]), sum, 1e-3) << GetParam()->name << " round " << round;
            }
  }
}

}  // namespace
}  // namespace gerund::infer
