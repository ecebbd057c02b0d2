// Tests of infer/onednn/narrow_conv.h: convolutions of bytes against whole-number arithmetic.
#include "infer/onednn/narrow_conv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "infer/onednn/aligned_floats.h"

namespace gerund::infer {
namespace {

using Axes = ConvShape::Axes;

/// Extents as networks have them, values of all sizes.
struct Problem {
  explicit Problem(uint64_t seed) : random(seed) {
    ConvShape& c = shape.conv;
    c.batch = draw(1, 2);
    c.in_channels = draw(0, 1) == 0 ? draw(1, 40) : 16 * draw(1, 4);
    c.out_channels = draw(0, 1) == 0 ? draw(1, 40) : 16 * draw(1, 4);
    c.kernel[0] = draw(1, 3);
    c.kernel[1] = c.kernel[2] = draw(1, 4);
    for (size_t axis = 0; axis < 3; ++axis) {
      c.stride.at(axis) = draw(1, 2);
      c.pad.at(axis) = draw(0, c.kernel.at(axis) - 1);
      shape.pad_end.at(axis) = draw(0, c.kernel.at(axis) - 1);
      c.input.at(axis) = c.kernel.at(axis) + draw(0, 9);
      c.output.at(axis) =
          (c.input.at(axis) + c.pad.at(axis) + shape.pad_end.at(axis) - c.kernel.at(axis)) / c.stride.at(axis) + 1;
    }
    shape.clamp.low = 0;
    scales.input = 0.02F;
    scales.has_large_weights = draw(0, 1) == 1;
    const int64_t largest = scales.has_large_weights ? 127 : 63;
    for (int64_t i = 0; i < c.out_channels; ++i) {
      scales.weights.push_back(static_cast<float>(random.uniform(0.001, 0.02)));
      bias.push_back(static_cast<float>(random.uniform(-1, 1)));
    }
    weights.resize(static_cast<size_t>(c.out_channels * c.in_channels * c.kernel[0] * c.kernel[1] * c.kernel[2]));
    for (int& w : weights) w = static_cast<int>(draw(-largest, largest));
    input.resize(static_cast<size_t>(tensor::num_elements(input_shape(c))));
    for (uint8_t& x : input) x = static_cast<uint8_t>(draw(0, 255));
  }

  int64_t draw(int64_t low, int64_t high) { return low + random.below(high - low + 1); }

  std::vector<float> float_weights() const {
    std::vector<float> all(weights.size());
    const size_t each = weights.size() / scales.weights.size();
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<float>(weights[i]) * scales.weights[i / each];
    return all;
  }

  /// bias + sum of products of whole numbers * scales, channels last.
  std::vector<double> expected() const {
    const ConvShape& c = shape.conv;
    std::vector<double> result;
    for (int64_t n = 0; n < c.batch; ++n)
      for (int64_t d = 0; d < c.output[0]; ++d)
        for (int64_t h = 0; h < c.output[1]; ++h)
          for (int64_t w = 0; w < c.output[2]; ++w)
            for (int64_t m = 0; m < c.out_channels; ++m) {
              const auto channel = static_cast<size_t>(m);
              result.push_back(static_cast<double>(sum_at(n, m, {d, h, w})) * static_cast<double>(scales.input) *
                                   static_cast<double>(scales.weights[channel]) +
                               static_cast<double>(bias[channel]));
            }
    return result;
  }

  int64_t sum_at(int64_t n, int64_t m, const Axes& at) const {
    const ConvShape& c = shape.conv;
    int64_t sum = 0;
    for (int64_t i = 0; i < c.in_channels; ++i)
      for (int64_t kd = 0; kd < c.kernel[0]; ++kd)
        for (int64_t kh = 0; kh < c.kernel[1]; ++kh)
          for (int64_t kw = 0; kw < c.kernel[2]; ++kw) {
            const Axes tap{kd, kh, kw};
            int64_t place = n;
            bool is_inside = true;
            for (size_t axis = 0; axis < 3; ++axis) {
              const int64_t position = at.at(axis) * c.stride.at(axis) - c.pad.at(axis) + tap.at(axis);
              is_inside = is_inside && position >= 0 && position < c.input.at(axis);
              place = place * c.input.at(axis) + position;
            }
            if (!is_inside) continue;
            const int64_t weight = (((m * c.in_channels + i) * c.kernel[0] + kd) * c.kernel[1] + kh) * c.kernel[2] + kw;
            sum +=
                int64_t{input[static_cast<size_t>(place * c.in_channels + i)]} * weights[static_cast<size_t>(weight)];
          }
    return sum;
  }

  base::Random random;
  DirectConvShape shape;
  ByteScales scales;
  std::vector<float> bias;
  std::vector<int> weights;    // [out_channels, in_channels, kernel...].
  std::vector<uint8_t> input;  // Channels last.
};

template <typename T>
AlignedFloats memory_of(const std::vector<T>& values) {
  AlignedFloats memory(static_cast<int64_t>((values.size() * sizeof(T) + sizeof(float) - 1) / sizeof(float)));
  std::copy(values.begin(), values.end(), reinterpret_cast<T*>(memory.data()));
  return memory;
}

/// What comes out, as `Number`, where `summand` (if any) is added.
template <typename Number>
std::vector<Number> run(const Problem& problem, const float* summand) {
  const std::optional<NarrowConv> conv = NarrowConv::make_int8(problem.shape, problem.scales);
  if (!conv) return {};
  const auto count = static_cast<size_t>(tensor::num_elements(output_shape(problem.shape.conv)));
  AlignedFloats output = memory_of(std::vector<Number>(count, 77)), scratch(conv->num_scratch_floats());
  conv->run(memory_of(problem.input).data(), conv->pack(problem.float_weights().data()),
            conv->pack_bias(problem.bias).data(), summand, output.data(), scratch.data());
  const auto* const numbers = reinterpret_cast<const Number*>(output.data());
  return {numbers, numbers + count};
}

constexpr uint64_t kProblems = 60;

/// Processors without dot products of bytes have no large weights.
bool may_be_missing(const Problem& problem) {
  return problem.scales.has_large_weights;
}

TEST(BytesConvolution, GivesTheSumOfProducts) {
  for (uint64_t seed = 0; seed < kProblems; ++seed) {
    SCOPED_TRACE(seed);
    Problem problem(seed);
    const std::vector<double> expected = problem.expected();
    const std::vector<float> actual = run<float>(problem, nullptr);
    if (actual.empty() && may_be_missing(problem)) continue;
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i)
      ASSERT_NEAR(actual[i], std::max(expected[i], 0.0), 1e-5 * std::abs(expected[i]) + 1e-4) << i;
  }
}

/// Rounded to a byte, after a summand of bytes or of float32 was added.
TEST(BytesConvolution, RoundsItsResult) {
  for (uint64_t seed = 0; seed < kProblems; ++seed) {
    SCOPED_TRACE(seed);
    Problem problem(seed);
    problem.scales.output = 0.03F;
    problem.shape.adds = true;
    std::vector<double> expected = problem.expected();
    std::vector<uint8_t> bytes;
    std::vector<float> floats;
    for (double& value : expected) {
      bytes.push_back(static_cast<uint8_t>(problem.draw(0, 255)));
      floats.push_back(static_cast<float>(problem.random.uniform(-4, 4)));
      if (seed % 2 == 0) problem.scales.summand = 0.05F;
      value += seed % 2 == 0 ? 0.05 * bytes.back() : static_cast<double>(floats.back());
    }
    const std::vector<uint8_t> actual =
        run<uint8_t>(problem, seed % 2 == 0 ? memory_of(bytes).data() : memory_of(floats).data());
    if (actual.empty() && may_be_missing(problem)) continue;
    ASSERT_EQ(actual.size(), expected.size());
    size_t num_different = 0;  // Next to the middle between two steps the last digit of float32 decides.
    for (size_t i = 0; i < actual.size(); ++i) {
      const double step = std::clamp(std::nearbyint(std::max(expected[i], 0.0) / 0.03), 0.0, 255.0);
      ASSERT_NEAR(actual[i], step, 1) << i;
      num_different += static_cast<double>(actual[i]) != step ? 1 : 0;
    }
    EXPECT_LE(num_different, actual.size() / 1000 + 1);
  }
}

TEST(BytesConvolution, TakesItsWeightsAgain) {
  const Problem problem(3);
  const auto conv = NarrowConv::make_int8(problem.shape, problem.scales);
  if (!conv) GTEST_SKIP() << "this processor multiplies no large bytes";
  const dnnl::memory packed = conv->pack(problem.float_weights().data());
  EXPECT_EQ(conv->repack(packed), packed);
}

}  // namespace
}  // namespace gerund::infer
