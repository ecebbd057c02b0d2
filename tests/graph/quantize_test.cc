// Tests of graph/quantize.h and of the shape rule of its operators. Expected numbers are worked out by hand.
#include "graph/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "graph/expect_text.h"
#include "graph/onnx_file.h"
#include "graph/scratch_file.h"
#include "graph/transform.h"

namespace gerund::graph {
namespace {

using tensor::DType;
using tensor::Tensor;

Tensor numbers(const tensor::Shape& shape, const std::vector<float>& values) {
  return Tensor(shape, values);
}

/// x -> first (3 to 2 channels) -> Relu -> second (2 to 2, with bias) -> Add of the Relu -> y.
Model two_convolutions() {
  Model model;
  model.inputs = {{"x", {-1, 3, 4, 4}}};
  model.outputs = {{"y", {-1, 2, 4, 4}}};
  model.initializers["w1"] = numbers({2, 3, 1, 1}, {1, 2, 3, 4, 5, 6});
  model.initializers["w2"] = numbers({2, 2, 1, 1}, {0.63F, -0.315F, 1.26F, 0});
  model.initializers["b2"] = numbers({2}, {0.1F, -0.2F});
  model.nodes = {{"Conv", "first", {"x", "w1"}, {"a"}, {}},
                 {"Relu", "relu", {"a"}, {"r"}, {}},
                 {"Conv", "second", {"r", "w2", "b2"}, {"c"}, {}},
                 {"Add", "add", {"c", "r"}, {"y"}, {}}};
  return model;
}

TEST(Quantize, LeavesWhatReadsTheInput) {
  EXPECT_EQ(values_to_quantize(two_convolutions()), std::vector<std::string>{"r"});
}

TEST(Quantize, RoundsWeightsPerChannelAndBiasByTheProductOfScales) {
  const Model model = quantize(two_convolutions(), {{"r", {0, 5.1F}}});
  EXPECT_NEAR(model.initializers.at("r_scale").floats()[0], 0.02, 1e-8);
  EXPECT_EQ(model.initializers.at("r_zero").bytes_u8()[0], 0);
  const auto scales = model.initializers.at("w2_scale").floats();
  EXPECT_NEAR(scales[0], 0.01, 1e-8);
  EXPECT_NEAR(scales[1], 0.02, 1e-8);
  const auto weights = model.initializers.at("w2_quantized").bytes_i8();
  EXPECT_EQ(std::vector<int>(weights.begin(), weights.end()), (std::vector<int>{63, -32, 63, 0}));  // -31.5 to even.
  const Tensor& bias = model.initializers.at("b2_of_c_quantized");
  EXPECT_EQ(bias.ints_i32()[0], 500);   // 0.1 / (0.02 * 0.01)
  EXPECT_EQ(bias.ints_i32()[1], -500);  // -0.2 / (0.02 * 0.02)
  EXPECT_FALSE(model.initializers.contains("w2"));
  EXPECT_TRUE(model.initializers.contains("w1"));
}

TEST(Quantize, MeetsZeroExactlyWhereARangeHasBothSigns) {
  const Model model = quantize(two_convolutions(), {{"r", {-1, 1.55F}}});
  EXPECT_NEAR(model.initializers.at("r_scale").floats()[0], 0.01, 1e-8);
  EXPECT_EQ(model.initializers.at("r_zero").bytes_u8()[0], 100);
}

TEST(Quantize, WidensARangeToZeroAndTakesAnEmptyOne) {
  EXPECT_NEAR(quantize(two_convolutions(), {{"r", {1, 2.55F}}}).initializers.at("r_scale").floats()[0], 0.01, 1e-8);
  EXPECT_EQ(quantize(two_convolutions(), {{"r", {0, 0}}}).initializers.at("r_scale").floats()[0], 1);
}

TEST(Quantize, LetsEveryReaderSeeTheRoundedValue) {
  const Model model = quantize(two_convolutions(), {{"r", {0, 1}}});
  const auto reads = [&](const char* name) {
    const auto node =
        std::find_if(model.nodes.begin(), model.nodes.end(), [&](const Node& one) { return one.name == name; });
    return node->inputs;
  };
  EXPECT_EQ(reads("add"), (std::vector<std::string>{"c", "r_dequantized"}));
  EXPECT_EQ(reads("second"), (std::vector<std::string>{"r_dequantized", "w2_dequantized", "b2_of_c_dequantized"}));
}

TEST(Quantize, KeepsTheBiasOfAChannelOfZeros) {
  Model model = two_convolutions();
  model.initializers["w2"] = numbers({2, 2, 1, 1}, {0, 0, 1.26F, 0});
  model.initializers["b2"] = numbers({2}, {0.4F, 0});
  model = quantize(model, {{"r", {0, 255}}});
  EXPECT_NEAR(
      model.initializers.at("b2_of_c_quantized").ints_i32()[0] * model.initializers.at("b2_of_c_scale").floats()[0],
      0.4, 1e-5);
}

TEST(Quantize, LeavesNamesThatTheModelHas) {
  Model model = two_convolutions();
  model.initializers["w2_scale"] = numbers({1}, {7});
  model.initializers["r_zero"] = numbers({1}, {8});
  model.nodes.push_back({"Mul", "times", {"y", "w2_scale"}, {"t"}, {}});
  model.nodes.push_back({"Add", "plus", {"t", "r_zero"}, {"u"}, {}});
  model.outputs[0].name = "u";
  const Model quantized = quantize(model, {{"r", {0, 1}}});
  EXPECT_EQ(quantized.initializers.at("w2_scale").floats()[0], 7);
  EXPECT_EQ(quantized.initializers.at("r_zero").floats()[0], 8);
  EXPECT_NO_THROW(infer_shapes(quantized, {{"x", {1, 3, 4, 4}}}));
}

TEST(Quantize, IsTakenByOnnxsCheckerAndReadBackAsItWas) {
  const Model model = quantize(two_convolutions(), {{"r", {0, 1}}});
  const ScratchFile file("quantized.onnx");
  write_onnx(file.path(), model);  // Runs ONNX's checker and its shape inference.
  const Model read = read_onnx(file.path());
  for (const auto& [name, tensor] : model.initializers) {
    ASSERT_TRUE(read.initializers.contains(name)) << name;
    EXPECT_EQ(read.initializers.at(name).dtype(), tensor.dtype()) << name;
    EXPECT_TRUE(std::ranges::equal(read.initializers.at(name).raw(), tensor.raw())) << name;
  }
  EXPECT_EQ(count_macs(read, {{"x", {1, 3, 4, 4}}}), count_macs(two_convolutions(), {{"x", {1, 3, 4, 4}}}));
}

TEST(Quantize, RefusesANetworkThatHasNothingToQuantize) {
  Model model = two_convolutions();
  model.nodes.resize(1);
  EXPECT_THROW(quantize(model, {}), base::UserError);
  model = two_convolutions();
  model.opset = 12;
  EXPECT_THROW(quantize(model, {{"r", {0, 1}}}), base::UserError);
}

TEST(QuantizeLinear, WantsAScaleThatFits) {
  Model model;
  model.inputs = {{"x", {1, 3, 2}}};
  model.outputs = {{"y", {1, 3, 2}}};
  model.nodes = {{"QuantizeLinear", "q", {"x", "scale", "zero"}, {"y"}, {{"axis", int64_t{1}}}}};
  const auto refusal = [&](int64_t scales, int64_t zeros) -> std::string {
    model.initializers["scale"] = Tensor({scales});
    model.initializers["zero"] = Tensor({zeros}, DType::u8);
    try {
      infer_shapes(model, {{"x", {1, 3, 2}}});
      return "";
    } catch (const base::UserError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(refusal(1, 1), "");
  EXPECT_EQ(refusal(3, 3), "");
  EXPECT_TRUE(holds(refusal(2, 2), {"'q'", "[2]", "axis 1"}));
  EXPECT_TRUE(holds(refusal(3, 1), {"'q'", "zero point", "[3]"}));
  model.initializers["scale"] = Tensor({1}, DType::u8);
  EXPECT_THROW(infer_shapes(model, {{"x", {1, 3, 2}}}), base::UserError);
}

TEST(QuantizeLinear, WantsAZeroPointOfBytes) {
  Model model;
  model.inputs = {{"x", {2}}};
  model.outputs = {{"y", {2}}};
  model.nodes = {{"QuantizeLinear", "q", {"x", "scale", "zero"}, {"y"}, {}}};
  model.initializers["scale"] = Tensor(tensor::Shape{});
  const auto is_taken = [&](DType type) {
    model.initializers["zero"] = Tensor({}, type);
    try {
      infer_shapes(model, {{"x", {2}}});
      return true;
    } catch (const base::UserError&) {
      return false;
    }
  };
  EXPECT_TRUE(is_taken(DType::u8) && is_taken(DType::i8));
  EXPECT_FALSE(is_taken(DType::i32) || is_taken(DType::f32) || is_taken(DType::i64));
  model.nodes[0].op = "DequantizeLinear";
  EXPECT_TRUE(is_taken(DType::u8) && is_taken(DType::i8) && is_taken(DType::i32));
  EXPECT_FALSE(is_taken(DType::f32) || is_taken(DType::i64));
  model.nodes[0] = {"QuantizeLinear", "q", {"x", "scale"}, {"y"}, {{"output_dtype", int64_t{3}}}};
  EXPECT_THROW(infer_shapes(model, {{"x", {2}}}), base::UserError);
}

}  // namespace
}  // namespace gerund::graph
