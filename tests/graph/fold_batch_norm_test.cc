// Tests of what fold_batch_norm does to a graph. That outputs stay the same is tested in tests/infer/networks_test.cc.
#include <gtest/gtest.h>

#include "graph/expect_text.h"
#include "graph/golden_cases.h"
#include "graph/onnx_file.h"
#include "graph/same_model.h"
#include "graph/transform.h"

namespace gerund::graph {
namespace {

int64_t count(const Model& model, const std::string& op) {
  return std::ranges::count_if(model.nodes, [&](const Node& node) { return node.op == op; });
}

/// x -> Conv (two channels) -> BatchNormalization -> y, with sigma^2 + epsilon = 4.
Model conv_and_norm() {
  Model model;
  model.inputs = {{"x", {-1, 1, 2, 2}}};
  model.outputs = {{"y", {-1, 2, 2, 2}}};
  model.nodes = {{"Conv", "conv", {"x", "conv.weight"}, {"c"}, {}},
                 {"BatchNormalization", "norm", {"c", "scale", "shift", "mean", "var"}, {"y"}, {{"epsilon", 1.0F}}}};
  const auto vector = [](float a, float b) { return tensor::Tensor({2}, std::vector<float>{a, b}); };
  model.initializers["conv.weight"] = tensor::Tensor({2, 1, 1, 1}, std::vector<float>{3, 5});
  model.initializers["scale"] = vector(2, -4);
  model.initializers["shift"] = vector(10, 20);
  model.initializers["mean"] = vector(1, 2);
  model.initializers["var"] = vector(3, 3);
  return model;
}

TEST(FoldBatchNorm, ScalesTheWeightAndMakesABias) {
  const Model folded = fold_batch_norm(conv_and_norm());
  ASSERT_EQ(folded.nodes.size(), 1U);
  EXPECT_EQ(folded.nodes[0].op, "Conv");
  EXPECT_EQ(folded.nodes[0].inputs, (std::vector<std::string>{"x", "conv.weight", "conv.bias"}));
  EXPECT_EQ(folded.nodes[0].outputs, (std::vector<std::string>{"y"}));
  EXPECT_EQ(list_of(folded.initializers.at("conv.weight").floats()), (std::vector<float>{3, -10}));  // w * scale / 2
  EXPECT_EQ(list_of(folded.initializers.at("conv.bias").floats()),
            (std::vector<float>{9, 24}));  // shift - mean * scale / 2
  EXPECT_EQ(folded.initializers.size(), 2U);
}

TEST(FoldBatchNorm, FoldsIntoAnExistingBias) {
  Model model = conv_and_norm();
  model.nodes[0].inputs.push_back("b");
  model.initializers["b"] = tensor::Tensor({2}, std::vector<float>{1, 1});
  const Model folded = fold_batch_norm(model);
  EXPECT_EQ(folded.nodes[0].inputs, (std::vector<std::string>{"x", "conv.weight", "b"}));
  EXPECT_EQ(list_of(folded.initializers.at("b").floats()), (std::vector<float>{10, 22}));
}

TEST(FoldBatchNorm, LeavesWeightsThatOthersRead) {
  Model model = conv_and_norm();
  model.nodes.push_back({"Conv", "other", {"x", "conv.weight"}, {"z"}, {}});
  model.nodes.push_back({"Add", "add", {"z", "scale"}, {"u"}, {}});
  const Model folded = fold_batch_norm(model);
  EXPECT_EQ(count(folded, "BatchNormalization"), 0);
  EXPECT_EQ(list_of(folded.initializers.at("conv.weight").floats()), (std::vector<float>{3, 5}));
  EXPECT_EQ(folded.nodes[0].inputs, (std::vector<std::string>{"x", "conv.weight.1", "conv.bias"}));
  EXPECT_EQ(list_of(folded.initializers.at("conv.weight.1").floats()), (std::vector<float>{3, -10}));
  EXPECT_EQ(folded.initializers.count("scale"), 1U);
  EXPECT_EQ(folded.initializers.count("mean"), 0U);
}

TEST(FoldBatchNorm, LeavesANormThatIsNotAloneBehindItsConv) {
  Model read_twice = conv_and_norm();
  read_twice.nodes.push_back({"Relu", "r", {"c"}, {"z"}, {}});
  expect_same_model(fold_batch_norm(read_twice), read_twice);
  Model is_output = conv_and_norm();
  is_output.outputs.push_back({"c", {-1, 2, 2, 2}});
  expect_same_model(fold_batch_norm(is_output), is_output);
  Model behind_relu = conv_and_norm();
  behind_relu.nodes[0] = {"Relu", "r", {"x"}, {"c"}, {}};
  expect_same_model(fold_batch_norm(behind_relu), behind_relu);
  Model not_constant = conv_and_norm();
  not_constant.initializers.erase("mean");
  not_constant.inputs.push_back({"mean", {2}});
  expect_same_model(fold_batch_norm(not_constant), not_constant);
}

TEST(FoldBatchNorm, FoldsOneNormAfterAnother) {
  Model model = conv_and_norm();
  model.nodes.push_back(
      {"BatchNormalization", "n2", {"y", "scale", "shift", "mean", "var"}, {"z"}, {{"epsilon", 1.0F}}});
  model.outputs[0].name = "z";
  const Model folded = fold_batch_norm(model);
  ASSERT_EQ(folded.nodes.size(), 1U);
  EXPECT_EQ(folded.nodes[0].outputs, (std::vector<std::string>{"z"}));
  EXPECT_EQ(list_of(folded.initializers.at("conv.weight").floats()), (std::vector<float>{3, 20}));
  EXPECT_EQ(list_of(folded.initializers.at("conv.bias").floats()),
            (std::vector<float>{18, -24}));  // 9 + 10 - 1, 24 * -2 + 20 + 4
}

TEST(FoldBatchNorm, RemovesEveryNormOfAResnet) {
  for (const char* file : {"resnet2d.onnx", "resnet3d.onnx"}) {
    const Model model = read_onnx(golden_path(file));
    EXPECT_EQ(count(model, "BatchNormalization"), 6) << file;
    const Model folded = fold_batch_norm(model);
    EXPECT_EQ(count(folded, "BatchNormalization"), 0) << file;
    EXPECT_EQ(folded.nodes.size(), model.nodes.size() - 6) << file;
    EXPECT_EQ(folded.initializers.size(), model.initializers.size() - 4 * 6 + 6) << file;
  }
}

}  // namespace
}  // namespace gerund::graph
