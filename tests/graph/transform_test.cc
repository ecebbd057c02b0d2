// Tests of shape inference and counting.
#include "graph/transform.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/attributes.h"
#include "graph/expect_text.h"
#include "graph/golden_cases.h"
#include "graph/resnet18.h"

namespace gerund::graph {
namespace {

using tensor::Shape;

TEST(InferShapes, AgreesWithPyTorchOnEveryOperator) {
  for (const OperatorCase& one : operator_cases()) {
    SCOPED_TRACE(one.name);
    const auto shapes = infer_shapes(one.model, {{one.model.inputs[0].name, one.input.shape()}});
    EXPECT_EQ(shapes.at("y"), one.expected.shape());
  }
}

/// x of the given shape through one node with the given weights.
Model one_node(const Shape& input, const std::string& op, const std::vector<Shape>& weights,
               std::map<std::string, Attribute> attributes = {}) {
  Model model;
  model.inputs = {{"x", input}};
  Node node{op, "the node", {"x"}, {"y"}, std::move(attributes)};
  for (const Shape& shape : weights) {
    node.inputs.push_back("w" + std::to_string(node.inputs.size()));
    model.initializers[node.inputs.back()] = tensor::Tensor(shape);
  }
  model.nodes = {node};
  model.outputs = {{"y", {-1}}};
  return model;
}

TEST(InferShapes, TakesEveryInputOfDropout) {
  Model model = one_node({2, 3}, "Dropout", {{}});
  model.nodes[0].inputs.emplace_back("mode");
  model.initializers["mode"] = tensor::Tensor({}, tensor::DType::u8);
  EXPECT_EQ(infer_shapes(model, {{"x", {2, 3}}}).at("y"), (Shape{2, 3}));
}

tensor::Tensor int_list(const std::vector<int64_t>& values) {
  tensor::Tensor list({static_cast<int64_t>(values.size())}, tensor::DType::i64);
  std::copy(values.begin(), values.end(), list.ints().begin());
  return list;
}

/// The message with which `model` is refused for its declared input shape; "" where it is taken.
std::string refusal(const Model& model) {
  try {
    infer_shapes(model, {{"x", model.inputs[0].shape}});
    return "";
  } catch (const base::UserError& error) {
    return error.what();
  }
}

TEST(InferShapes, NamesNodeAndShapesThatDoNotFit) {
  EXPECT_TRUE(holds(refusal(one_node({2, 3}, "Add", {{4}})), {"'the node' (Add)", "[2, 3]", "[4]"}));
  EXPECT_TRUE(holds(refusal(one_node({1, 3, 8, 8}, "Conv", {{4, 2, 3, 3}})), {"[4, 2, 3, 3]", "[1, 3, 8, 8]"}));
  EXPECT_TRUE(holds(refusal(one_node({1, 3, 8, 8}, "Conv", {{4, 3, 3, 3}, {5}})), {"[5]"}));
  EXPECT_TRUE(holds(refusal(one_node({1, 3, 2, 2}, "Conv", {{4, 3, 3, 3}})), {"larger than its input"}));
  EXPECT_TRUE(holds(refusal(one_node({2, 3}, "Gemm", {{4, 5}})), {"cannot be multiplied"}));
  EXPECT_TRUE(holds(refusal(one_node({2, 3}, "MatMul", {{4, 5}})), {"cannot be multiplied"}));
  EXPECT_TRUE(holds(refusal(one_node({2, 3}, "Gemm", {{3, 5}, {2}})), {"broadcast"}));
  EXPECT_TRUE(holds(refusal(one_node({2, 3}, "Concat", {{3, 3}}, {{"axis", int64_t{1}}})), {"joined"}));
  EXPECT_TRUE(holds(refusal(one_node({2, 3, 4, 4}, "BatchNormalization", {{3}, {3}, {3}, {2}})), {"[2]"}));
}

TEST(InferShapes, RefusesASliceWhoseListsDoNotFit) {
  const auto refused = [](const std::vector<std::vector<int64_t>>& lists) {
    Model model = one_node({2, 5}, "Slice", std::vector<Shape>(lists.size()));
    for (size_t i = 0; i < lists.size(); ++i) model.initializers["w" + std::to_string(i + 1)] = int_list(lists[i]);
    return refusal(model);
  };
  EXPECT_EQ(refused({{1}, {2}, {1}}), "");
  EXPECT_TRUE(holds(refused({{1}, {2, 3}}), {"'the node' (Slice)", "[1]", "[2, 3]"}));
  EXPECT_TRUE(holds(refused({{1, 1}, {2, 2}, {1, -1}}), {"axis 1 is listed twice"}));
  EXPECT_TRUE(holds(refused({{1}, {2}, {2}}), {"axis 2"}));
  EXPECT_TRUE(holds(refused({{1}, {2}, {1}, {0}}), {"step 0"}));
  EXPECT_TRUE(holds(refused({{3}, {3}, {1}}), {"no elements"}));
  EXPECT_TRUE(holds(refusal(one_node({2, 5}, "Slice", {{1}, {1}})), {"int64 constant"}));
}

TEST(InferShapes, NamesAnOperatorThatIsNotKnown) {
  EXPECT_TRUE(holds(refusal(one_node({2}, "Einsum", {})), {"'the node' (Einsum)", "Conv"}));
  EXPECT_TRUE(holds(refusal(one_node({2}, "Elu", {})), {"the nearest is Relu;"}));
  EXPECT_TRUE(holds(refusal(one_node({2}, "GlobalMaxPool", {})), {"the nearest is MaxPool whose kernel_shape"}));
  EXPECT_TRUE(holds(refusal(one_node({2}, "Convv", {})), {"the nearest is Conv;"}));
}

TEST(InferShapes, RefusesAttributesOutOfRange) {
  const auto refuses = [](const char* op, std::map<std::string, Attribute> attributes) {
    return !refusal(one_node({1, 2, 4, 4}, op, {}, std::move(attributes))).empty();
  };
  const Ints two{2, 2};
  EXPECT_FALSE(refuses("MaxPool", {{"kernel_shape", two}}));
  EXPECT_TRUE(refuses("MaxPool", {}));
  EXPECT_TRUE(refuses("MaxPool", {{"kernel_shape", Ints{2, 2, 2}}}));
  EXPECT_TRUE(refuses("MaxPool", {{"kernel_shape", Ints{2, 0}}}));
  EXPECT_TRUE(refuses("MaxPool", {{"kernel_shape", two}, {"strides", Ints{1, 0}}}));
  EXPECT_TRUE(refuses("MaxPool", {{"kernel_shape", two}, {"pads", Ints{-1, 0, 0, 0}}}));
  EXPECT_TRUE(refuses("MaxPool", {{"kernel_shape", two}, {"strides", int64_t{1}}}));
  EXPECT_TRUE(refuses("MaxPool", {{"kernel_shape", two}, {"auto_pad", std::string("SAME")}}));
  EXPECT_TRUE(refuses("Softmax", {{"axis", int64_t{4}}}));
  EXPECT_TRUE(refuses("Flatten", {{"axis", int64_t{5}}}));
  EXPECT_TRUE(refuses("Transpose", {{"perm", Ints{0, 1, 2, 2}}}));
  EXPECT_TRUE(refuses("ReduceMean", {{"axes", Ints{1, -3}}}));
  EXPECT_TRUE(refuses("BatchNormalization", {}));
}

TEST(InferShapes, RefusesListsThatDoNotFit) {
  const auto refuses = [](const char* op, const std::vector<int64_t>& list) {
    Model model = one_node({2, 1, 6}, op, {{}});
    model.initializers["w1"] = int_list(list);
    return !refusal(model).empty();
  };
  EXPECT_FALSE(refuses("Reshape", {3, -1}));
  EXPECT_TRUE(refuses("Reshape", {-1, -1}));
  EXPECT_TRUE(refuses("Reshape", {5, -1}));
  EXPECT_TRUE(refuses("Reshape", {int64_t{1} << 62, 8}));
  EXPECT_TRUE(refuses("Reshape", {2, 1, 6, 0}));
  EXPECT_FALSE(refuses("Squeeze", {1}));
  EXPECT_TRUE(refuses("Squeeze", {0}));
  EXPECT_TRUE(refuses("Unsqueeze", {5}));
  EXPECT_TRUE(refuses("Pad", {0, 0, -6, 0, 0, 0}));
  EXPECT_TRUE(refuses("Pad", {0, 0, 0, 0}));
  EXPECT_TRUE(refuses("Pad", {std::numeric_limits<int64_t>::max(), 0, 0, 1, 0, 0}));
}

TEST(InferShapes, TakesAZeroOfReshapeForACopyUnlessAllowzeroIsSet) {
  Model model = one_node({2, 1, 6}, "Reshape", {{}});
  model.initializers["w1"] = int_list({0, 6, 1});
  EXPECT_EQ(refusal(model), "");
  model.nodes[0].attributes["allowzero"] = int64_t{1};
  EXPECT_TRUE(holds(refusal(model), {"cannot become [0, 6, 1]"}));
}

TEST(InferShapes, WantsConstantsWhereShapesDependOnThem) {
  Model model = one_node({2, 3}, "Reshape", {{2}});
  EXPECT_TRUE(holds(refusal(model), {"int64 constant"}));
  model.nodes[0].inputs = {"x", "x"};
  EXPECT_TRUE(holds(refusal(model), {"int64 constant"}));
  model = one_node({2, 3}, "Add", {{3}});
  model.initializers["w1"] = int_list({1, 2, 3});
  EXPECT_TRUE(holds(refusal(model), {"float32"}));
}

TEST(InferShapes, ComparesTheInputWithTheDeclaration) {
  Model model = one_node({-1, 3, 8}, "Relu", {});
  EXPECT_EQ(infer_shapes(model, {{"x", {7, 3, 8}}}).at("y"), (Shape{7, 3, 8}));
  for (const Shape& shape : {Shape{1, 3, 9}, Shape{1, 3}, Shape{0, 3, 8}, Shape{-1, 3, 8}}) {
    try {
      infer_shapes(model, {{"x", shape}});
      FAIL() << tensor::to_string(shape);
    } catch (const base::UserError& error) {
      EXPECT_TRUE(holds(error.what(), {tensor::to_string(shape), "[-1, 3, 8]"}));
    }
  }
  EXPECT_THROW(infer_shapes(model, {}), base::UserError);
}

TEST(InferShapes, StopsAtAbsurdSizes) {
  Model model;
  model.inputs = {{"v0", {1, 1024}}};
  for (int i = 0; i < 40; ++i) {
    const std::string from = "v" + std::to_string(i);
    model.nodes.push_back({"Concat", "", {from, from}, {"v" + std::to_string(i + 1)}, {{"axis", int64_t{1}}}});
  }
  EXPECT_THROW(infer_shapes(model, {{"v0", {1, 1024}}}), base::UserError);
}

TEST(CountMacs, EqualsTheHandCalculation) {
  // Conv: 4 x 5 x 5 outputs of 2 / 2 x 3 x 3 products; Gemm: 3 x 7 outputs of 4 products, in each order.
  Model conv = one_node({1, 2, 5, 5}, "Conv", {{4, 1, 3, 3}}, {{"group", int64_t{2}}, {"pads", Ints{1, 1, 1, 1}}});
  EXPECT_EQ(count_macs(conv, {{"x", {1, 2, 5, 5}}}), 4 * 25 * 9);
  EXPECT_EQ(count_macs(one_node({3, 4}, "Gemm", {{4, 7}}), {{"x", {3, 4}}}), 3 * 7 * 4);
  EXPECT_EQ(count_macs(one_node({4, 3}, "Gemm", {{4, 7}}, {{"transA", int64_t{1}}}), {{"x", {4, 3}}}), 3 * 7 * 4);
  EXPECT_EQ(count_macs(one_node({2, 3, 4}, "MatMul", {{4, 7}}), {{"x", {2, 3, 4}}}), 2 * 3 * 7 * 4);
  EXPECT_EQ(count_macs(one_node({3, 4}, "Relu", {}), {{"x", {3, 4}}}), 0);
}

struct Cost {
  bool volume;
  int64_t num_frames;
  int64_t size;
  double giga_macs;
};

class MacsOfResnet18 : public testing::TestWithParam<Cost> {};

// Source: reference/performance.md section 1, rows "tao" and "r2d", 400 classes.
TEST_P(MacsOfResnet18, EqualThePublishedTable) {
  const Cost cost = GetParam();
  const int64_t channels = cost.volume ? 3 : 3 * cost.num_frames;
  Resnet18 net(cost.volume, channels, 400, 64, false);
  Shape shape{1, channels, cost.size, cost.size};
  if (cost.volume) shape.insert(shape.begin() + 2, cost.num_frames);
  net.model.inputs = {{"clip", shape}};
  EXPECT_NEAR(static_cast<double>(count_macs(net.model, {{"clip", shape}})) * 1e-9, cost.giga_macs, 0.0005);
}

INSTANTIATE_TEST_SUITE_P(Table, MacsOfResnet18,
                         testing::Values(Cost{true, 16, 112, 6.602}, Cost{true, 32, 112, 13.204},
                                         Cost{true, 16, 224, 24.913}, Cost{true, 32, 224, 49.826},
                                         Cost{false, 3, 224, 2.050}, Cost{false, 16, 224, 3.584},
                                         Cost{false, 32, 224, 5.472}));

}  // namespace
}  // namespace gerund::graph
