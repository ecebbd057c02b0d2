#include "infer/onednn/conv_check.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/random.h"
#include "infer/onednn/primitives.h"

namespace gerund::infer {
namespace {

/// Of sums of products whose factors are each rounded by 2^-9 at most, and that are rounded again: 0.002 in root mean
/// square.
constexpr double kMostDifference = 0.008;
/// Mean square of a product of two numbers of random_values.
constexpr double kMeanSquare = 1.0 / 9;

std::vector<float> random_values(int64_t count, base::Random& random) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(random.uniform(-1, 1));
  return values;
}

/// Whole numbers of [low, high] times a scale.
std::vector<float> random_steps(int64_t count, int64_t low, int64_t high, float scale, base::Random& random) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(low + random.below(high - low + 1)) * scale;
  return values;
}

/// What both convolutions get, plain.
struct Numbers {
  std::vector<float> input, summand, weights;
};

constexpr int64_t kMostByte = 255;
/// Largest weight such that sums of `count` products of bytes mostly stay below what a byte of the output stands for.
int64_t largest_weight(const ByteScales& scales, size_t channel, int64_t count) {
  constexpr double kUsualByte = 148, kUsualOutput = 60;  // Root mean square.
  constexpr int64_t kLargest = 63;
  if (!scales.output) return kLargest;
  const double each = kUsualByte * static_cast<double>(scales.input) * static_cast<double>(scales.weights[channel]);
  const double usual =
      kUsualOutput * static_cast<double>(*scales.output) / (each * std::sqrt(static_cast<double>(count)));
  return static_cast<int64_t>(std::clamp(std::sqrt(3.0) * usual, 1.0, static_cast<double>(kLargest)));
}

Numbers numbers_for(const ConvShape& conv, const std::optional<ByteScales>& bytes) {
  base::Random random(1);
  const int64_t inputs = tensor::num_elements(input_shape(conv)), outputs = tensor::num_elements(output_shape(conv));
  const int64_t each = conv.in_channels * conv.kernel[0] * conv.kernel[1] * conv.kernel[2];
  if (!bytes) {
    return {random_values(inputs, random), random_values(outputs, random),
            random_values(conv.out_channels * each, random)};
  }
  Numbers numbers;
  numbers.input = random_steps(inputs, 0, kMostByte, bytes->input, random);
  numbers.summand = bytes->summand ? random_steps(outputs, 0, kMostByte, *bytes->summand, random)
                                   : random_steps(outputs, -100, 100, bytes->output.value_or(1), random);
  for (size_t channel = 0; channel < bytes->weights.size(); ++channel) {
    const int64_t largest = largest_weight(*bytes, channel, each);
    const std::vector<float> row = random_steps(each, -largest, largest, bytes->weights[channel], random);
    numbers.weights.insert(numbers.weights.end(), row.begin(), row.end());
  }
  return numbers;
}

/// Plain numbers in another layout, bytes as multiples of `scale`.
AlignedFloats laid_out(const tensor::Shape& shape, const std::vector<float>& plain, Layout layout, float scale) {
  AlignedFloats laid(num_floats(shape, layout));
  if (layout == Layout::plain)
    std::copy(plain.begin(), plain.end(), laid.data());
  else
    Reorder(shape, Layout::plain, layout, layout == Layout::u8 ? 1 / scale : 1).run(plain.data(), laid.data());
  return laid;
}

/// What a convolution makes of them, plain.
std::vector<float> result_of(const PlannedConv& conv, const DirectConvShape& shape, const Numbers& numbers) {
  const tensor::Shape out = output_shape(shape.conv);
  const ByteScales scales = conv.bytes.value_or(ByteScales{});
  AlignedFloats output(num_floats(out, conv.output)), scratch(conv.num_scratch_floats);
  std::memset(output.data(), 0xff, static_cast<size_t>(output.size()) * sizeof(float));  // No number, if it stays.
  const AlignedFloats added = laid_out(out, numbers.summand, conv.summand, scales.summand.value_or(1));
  conv.run(conv.pack(numbers.weights.data(), nullptr),
           laid_out(input_shape(shape.conv), numbers.input, conv.input, scales.input).data(),
           shape.adds ? added.data() : nullptr, output.data(), scratch.data());
  std::vector<float> plain(static_cast<size_t>(tensor::num_elements(out)));
  Reorder(out, conv.output, Layout::plain, scales.output.value_or(1)).run(output.data(), plain.data());
  return plain;
}

/// By picture, so that one wrong number does not drown in many right ones.
bool agree_in_bf16(const std::vector<float>& actual, const std::vector<float>& expected, const ConvShape& conv) {
  const auto pixels = static_cast<size_t>(conv.output[1] * conv.output[2]);
  const int64_t each = conv.in_channels * conv.kernel[0] * conv.kernel[1] * conv.kernel[2];
  const double usual = kMeanSquare * static_cast<double>(each) * static_cast<double>(pixels);
  for (size_t first = 0; first < expected.size(); first += pixels) {
    double off = 0;
    for (size_t i = first; i < first + pixels; ++i)
      off += std::pow(static_cast<double>(actual[i]) - static_cast<double>(expected[i]), 2);
    if (!(off <= kMostDifference * kMostDifference * usual)) return false;  // Nor where it is no number.
  }
  return true;
}

/// Each number: sums of whole numbers are exact, and rounded to the nearest byte at the end.
bool agree_in_bytes(const std::vector<float>& actual, const std::vector<float>& expected, const ByteScales& scales) {
  constexpr float kDigits = 1e-4F;  // Of float32 sums of many products.
  float largest = 0;
  for (const float value : expected) largest = std::max(largest, std::abs(value));
  const float step = scales.output.value_or(0), most = kMostByte * step;
  for (size_t i = 0; i < expected.size(); ++i) {
    const float wanted = scales.output ? std::clamp(expected[i], 0.0F, most) : expected[i];
    if (!(std::abs(actual[i] - wanted) <= 0.5F * step + kDigits * largest)) return false;
  }
  return true;
}

}  // namespace

bool agrees(const PlannedConv& other, const PlannedConv& direct, const DirectConvShape& shape) {
  const Numbers numbers = numbers_for(shape.conv, other.bytes);
  const std::vector<float> expected = result_of(direct, shape, numbers), actual = result_of(other, shape, numbers);
  if (other.bytes) return agree_in_bytes(actual, expected, *other.bytes);
  return agree_in_bf16(actual, expected, shape.conv);
}

}  // namespace gerund::infer
