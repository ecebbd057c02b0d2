// Tests of QuantizeLinear, DequantizeLinear, HardSwish, HardSigmoid and of whole quantized networks in every engine.
// The examples are those of ONNX's operator reference.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "graph/golden_cases.h"
#include "graph/onnx_file.h"
#include "graph/quantize.h"
#include "infer/value_ranges.h"
#include "infer/variants.h"
#include "tensor/compare.h"

namespace gerund::infer {
namespace {

using tensor::DType;
using tensor::Tensor;

class Quantization : public testing::TestWithParam<Variant> {
 protected:
  std::vector<float> run(const graph::Model& model, const Tensor& input) const {
    const Tensor output = make_engine(model, GetParam().options())->run(input);
    return {output.floats().begin(), output.floats().end()};
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Quantization, testing::ValuesIn(variants()), variant_name);

/// One node on x with a scale and a zero point of uint8.
graph::Model one_node(const std::string& op, const tensor::Shape& shape, const std::vector<float>& scales,
                      const std::vector<uint8_t>& zeros) {
  graph::Model model;
  model.inputs = {{"x", shape}};
  model.outputs = {{"y", shape}};
  const tensor::Shape extent =
      scales.size() == 1 ? tensor::Shape{} : tensor::Shape{static_cast<int64_t>(scales.size())};
  model.initializers["scale"] = Tensor(extent, scales);
  model.initializers["zero"] = Tensor(extent, DType::u8);
  std::ranges::copy(zeros, model.initializers["zero"].bytes_u8().begin());
  model.nodes = {{op, "node", {"x", "scale", "zero"}, {"y"}, {}}};
  return model;
}

TEST_P(Quantization, RoundsAsInOnnxsExamples) {
  EXPECT_EQ(
      run(one_node("QuantizeLinear", {6}, {2}, {128}), Tensor({6}, std::vector<float>{0, 2, 3, 1000, -254, -1000})),
      (std::vector<float>{128, 129, 130, 255, 1, 0}));
  EXPECT_EQ(run(one_node("DequantizeLinear", {4}, {2}, {128}), Tensor({4}, std::vector<float>{0, 3, 128, 255})),
            (std::vector<float>{-256, -250, 0, 254}));
  const std::vector<float> x{-162, 10, -100, 232, -20, -50, -76, 0, 0, 252, 32, -44, 245, -485, -960, -270, -375, -470};
  EXPECT_EQ(run(one_node("QuantizeLinear", {1, 3, 3, 2}, {2, 4, 5}, {84, 24, 196}), Tensor({1, 3, 3, 2}, x)),
            (std::vector<float>{3, 89, 34, 200, 74, 59, 5, 24, 24, 87, 32, 13, 245, 99, 4, 142, 121, 102}));
}

TEST_P(Quantization, TakesTiesToTheEvenNeighbour) {
  EXPECT_EQ(
      run(one_node("QuantizeLinear", {5}, {1}, {0}), Tensor({5}, std::vector<float>{0.5F, 1.5F, 2.5F, 3.5F, 254.5F})),
      (std::vector<float>{0, 2, 2, 4, 254}));
}

/// The engine "onednn" does both at once, in blocks of channels.
TEST_P(Quantization, RoundsValuesBehindEachOther) {
  for (const bool is_signed : {false, true}) {
    graph::Model model = one_node("QuantizeLinear", {2, 3, 2, 2}, {0.5F}, {3});
    if (is_signed) {
      model.initializers["zero"] = Tensor({}, DType::i8);
      model.initializers["zero"].bytes_i8()[0] = -100;
    }
    model.nodes[0].outputs = {"q"};
    model.nodes.push_back({"DequantizeLinear", "back", {"q", "scale", "zero"}, {"y"}, {}});
    Tensor input({2, 3, 2, 2});
    std::vector<float> expected;
    for (size_t i = 0; i < input.floats().size(); ++i) {
      input.floats()[i] = -2 + 0.249F * static_cast<float>(i * i);
      const double low = is_signed ? -28 : -3, high = is_signed ? 227 : 252;
      expected.push_back(static_cast<float>(std::clamp(std::nearbyint(input.floats()[i] / 0.5), low, high) * 0.5));
    }
    EXPECT_EQ(run(model, input), expected) << is_signed;
  }
}

TEST_P(Quantization, HasItsHardActivations) {
  graph::Model model;
  model.inputs = {{"x", {5}}};
  model.outputs = {{"y", {5}}};
  const Tensor input({5}, std::vector<float>{-4, -1.5F, 0, 1.5F, 4});
  model.nodes = {{"HardSwish", "node", {"x"}, {"y"}, {}}};
  EXPECT_EQ(run(model, input), (std::vector<float>{0, -0.375F, 0, 1.125F, 4}));
  model.nodes = {{"HardSigmoid", "node", {"x"}, {"y"}, {{"alpha", 0.25F}, {"beta", 0.5F}}}};
  EXPECT_EQ(run(model, input), (std::vector<float>{0, 0.125F, 0.5F, 0.875F, 1}));
}

Tensor random_input(tensor::Shape shape) {
  shape[0] = 2;
  base::Random random(7);
  Tensor input(shape);
  for (float& x : input.floats()) x = static_cast<float>(random.normal());
  return input;
}

/// Rounds `value` to uint8 by `scale`: values "<value>_rounded" and before it "<value>_bytes".
void add_pair(graph::Model& model, const std::string& value, float scale) {
  model.initializers[value + "_scale"] = Tensor({}, std::vector<float>{scale});
  model.initializers["zero"] = Tensor({}, DType::u8);
  model.nodes.push_back({"QuantizeLinear", value + "_q", {value, value + "_scale", "zero"}, {value + "_bytes"}, {}});
  model.nodes.push_back(
      {"DequantizeLinear", value + "_dq", {value + "_bytes", value + "_scale", "zero"}, {value + "_rounded"}, {}});
}

/// A convolution of 16 to 16 channels, 3 x 3, whose weights are whole numbers; channel 5 of scale `odd_scale`.
void add_whole_conv(graph::Model& model, const std::string& input, const std::string& output, float odd_scale) {
  base::Random random(3);
  Tensor whole({16, 16, 3, 3}, DType::i8), scales({16}), bias({16});
  for (int8_t& w : whole.bytes_i8()) w = static_cast<int8_t>(random.below(127) - 63);
  for (float& scale : scales.floats()) scale = static_cast<float>(random.uniform(0.001, 0.01));
  for (float& b : bias.floats()) b = static_cast<float>(random.uniform(0, 1));
  if (odd_scale >= 0) scales.floats()[5] = odd_scale;
  model.initializers[output + "_w"] = whole;
  model.initializers[output + "_s"] = scales;
  model.initializers[output + "_z"] = Tensor({16}, DType::i8);
  model.initializers[output + "_b"] = bias;
  model.nodes.push_back({"DequantizeLinear",
                         output + "_weights",
                         {output + "_w", output + "_s", output + "_z"},
                         {output + "_f"},
                         {{"axis", int64_t{0}}}});
  model.nodes.push_back({"Conv",
                         output + "_conv",
                         {input, output + "_f", output + "_b"},
                         {output},
                         {{"pads", std::vector<int64_t>{1, 1, 1, 1}}}});
}

TEST_P(Quantization, ReadsWhatWasRoundedTwiceAndWeightsOfADeadChannel) {
  for (const float odd_scale : {-1.0F, 0.0F}) {
    graph::Model model;
    model.opset = 17;
    model.inputs = {{"x", {1, 16, 9, 7}}};
    model.outputs = {{"y", {1, 16, 9, 7}}};
    add_pair(model, "x", 0.02F);
    add_whole_conv(model, "x_rounded", "a", odd_scale);
    add_pair(model, "a", 0.03F);
    model.nodes.push_back({"Identity", "same", {"a_rounded"}, {"b"}, {}});
    add_pair(model, "b", 0.05F);
    add_whole_conv(model, "b_rounded", "y", odd_scale);
    Tensor input = random_input({1, 16, 9, 7});
    input = Tensor({1, 16, 9, 7}, input.floats().subspan(0, 16 * 63));
    const Tensor expected = make_engine(model, {"reference", 1, "auto"})->run(input);
    const Tensor actual = make_engine(model, GetParam().options())->run(input);
    // A sum next to the middle of two steps may be rounded to the other one.
    EXPECT_LT(tensor::compare(actual, expected).relative_l2, 0.02) << odd_scale;
  }
}

TEST_P(Quantization, ChangesANetworkLittle) {
  for (const char* name : {"resnet2d_folded.onnx", "resnet3d_folded.onnx"}) {
    graph::Model model = graph::read_onnx(graph::golden_path(name));
    model.opset = 17;  // Nothing of this network changed since its own.
    const Tensor input = random_input(model.inputs[0].shape);
    const graph::Model quantized = graph::quantize(model, ranges_on(model, input));
    const Tensor expected = make_engine(model, {"reference", 1, "auto"})->run(input);
    const Tensor exact = make_engine(quantized, {"reference", 1, "auto"})->run(input);
    const Tensor actual = make_engine(quantized, GetParam().options())->run(input);
    EXPECT_LT(tensor::compare(actual, expected).relative_l2, 0.05) << name;
    EXPECT_GT(tensor::compare(actual, expected).relative_l2, 1e-5) << name;  // It does round.
    // A sum that differs in its last digit may be rounded to the next step.
    EXPECT_LT(tensor::compare(actual, exact).relative_l2, 0.01) << name;
  }
}

}  // namespace
}  // namespace gerund::infer
