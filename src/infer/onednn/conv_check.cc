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

AlignedFloats laid_out(const tensor::Shape& shape, const std::vector<float>& plain, Layout layout) {
  AlignedFloats laid(num_floats(shape, layout));
  if (layout == Layout::plain)
    std::copy(plain.begin(), plain.end(), laid.data());
  else
    Reorder(shape, Layout::plain, layout).run(plain.data(), laid.data());
  return laid;
}

/// What a convolution makes of plain numbers, plain.
std::vector<float> result_of(const PlannedConv& conv, const DirectConvShape& shape, const std::vector<float>& input,
                             const std::vector<float>& summand, const std::vector<float>& weights) {
  const tensor::Shape out = output_shape(shape.conv);
  AlignedFloats output(num_floats(out, conv.output)), scratch(conv.num_scratch_floats);
  std::memset(output.data(), 0xff, static_cast<size_t>(output.size()) * sizeof(float));  // No number, if it stays.
  const AlignedFloats added = laid_out(out, summand, conv.summand);
  conv.run(conv.pack(weights.data(), nullptr), laid_out(input_shape(shape.conv), input, conv.input).data(),
           shape.adds ? added.data() : nullptr, output.data(), scratch.data());
  std::vector<float> plain(static_cast<size_t>(tensor::num_elements(out)));
  Reorder(out, conv.output, Layout::plain).run(output.data(), plain.data());
  return plain;
}

}  // namespace

bool agrees(const PlannedConv& other, const PlannedConv& direct, const DirectConvShape& shape) {
  base::Random random(1);
  const ConvShape& conv = shape.conv;
  const int64_t taps = conv.kernel[0] * conv.kernel[1] * conv.kernel[2];
  const std::vector<float> input = random_values(tensor::num_elements(input_shape(conv)), random);
  const std::vector<float> weights = random_values(conv.out_channels * conv.in_channels * taps, random);
  const std::vector<float> summand = random_values(tensor::num_elements(output_shape(conv)), random);
  const std::vector<float> expected = result_of(direct, shape, input, summand, weights);
  const std::vector<float> actual = result_of(other, shape, input, summand, weights);
  // By picture, so that one wrong number does not drown in many right ones.
  const auto pixels = static_cast<size_t>(conv.output[1] * conv.output[2]);
  const double usual = kMeanSquare * static_cast<double>(conv.in_channels * taps) * static_cast<double>(pixels);
  for (size_t first = 0; first < expected.size(); first += pixels) {
    double off = 0;
    for (size_t i = first; i < first + pixels; ++i)
      off += std::pow(static_cast<double>(actual[i]) - static_cast<double>(expected[i]), 2);
    if (!(off <= kMostDifference * kMostDifference * usual)) return false;  // Nor where it is no number.
  }
  return true;
}

}  // namespace gerund::infer
