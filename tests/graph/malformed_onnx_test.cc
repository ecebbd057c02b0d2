// Tests of graph/onnx_file.h on files that are not as they should be.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "graph/expect_text.h"
#include "graph/golden_cases.h"
#include "graph/onnx_file.h"
#include "graph/transform.h"

namespace gerund::graph {
namespace {

/// y = Relu(x), x [2].
onnx::ModelProto relu_model() {
  onnx::ModelProto proto;
  proto.set_ir_version(8);
  proto.add_opset_import()->set_version(17);
  auto* graph = proto.mutable_graph();
  graph->set_name("g");
  for (auto* value : {graph->add_input(), graph->add_output()}) {
    value->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    value->mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(2);
  }
  graph->mutable_input(0)->set_name("x");
  graph->mutable_output(0)->set_name("y");
  auto* node = graph->add_node();
  node->set_op_type("Relu");
  node->set_name("relu");
  node->add_input("x");
  node->add_output("y");
  return proto;
}

/// The message with which a file is refused; "" where it is taken. Any other exception fails the test.
std::string refusal(const onnx::ModelProto& proto) {
  try {
    parse_onnx(proto.SerializeAsString(), "m.onnx");
    return "";
  } catch (const base::UserError& error) {
    EXPECT_EQ(std::string(error.what()).rfind("m.onnx: ", 0), 0U);
    return error.what();
  }
}

onnx::TensorProto* add_weight(onnx::ModelProto& proto, std::initializer_list<int64_t> dims) {
  auto* weight = proto.mutable_graph()->add_initializer();
  weight->set_name("w");
  weight->set_data_type(onnx::TensorProto::FLOAT);
  for (const int64_t extent : dims) weight->add_dims(extent);
  return weight;
}

TEST(MalformedOnnx, TheModelItselfIsTaken) {
  EXPECT_EQ(refusal(relu_model()), "");
}

TEST(MalformedOnnx, RefusesWhatIsNoModel) {
  EXPECT_THROW(parse_onnx("", "m.onnx"), base::UserError);
  EXPECT_THROW(parse_onnx("This is a text file, not a model.", "m.onnx"), base::UserError);
  EXPECT_THROW(read_onnx("no/such/file.onnx"), base::UserError);
}

TEST(MalformedOnnx, RefusesOpsetsItDoesNotKnow) {
  auto proto = relu_model();
  proto.mutable_opset_import(0)->set_version(6);
  EXPECT_TRUE(holds(refusal(proto), {"opset 6; 7 to 22"}));
  proto.mutable_opset_import(0)->set_version(23);
  EXPECT_TRUE(holds(refusal(proto), {"opset 23"}));
  for (const int64_t version : {7, 22}) {
    proto.mutable_opset_import(0)->set_version(version);
    EXPECT_EQ(refusal(proto), "");
  }
  proto.clear_opset_import();
  EXPECT_TRUE(holds(refusal(proto), {"opset"}));
}

TEST(MalformedOnnx, NamesANodeOfAnotherDomain) {
  auto proto = relu_model();
  proto.mutable_graph()->mutable_node(0)->set_domain("com.microsoft");
  EXPECT_TRUE(holds(refusal(proto), {"'relu' (Relu)", "com.microsoft"}));
  proto.mutable_graph()->mutable_node(0)->set_domain("ai.onnx");
  EXPECT_EQ(refusal(proto), "");
}

TEST(MalformedOnnx, RefusesWeightsThatDoNotFitTheirShape) {
  auto proto = relu_model();
  auto* weight = add_weight(proto, {3});
  weight->set_raw_data("12345678");
  EXPECT_TRUE(holds(refusal(proto), {"'w'", "[3]", "8 bytes", "12"}));
  weight->clear_raw_data();
  weight->add_float_data(1);
  EXPECT_TRUE(holds(refusal(proto), {"1 elements where 3"}));
}

TEST(MalformedOnnx, RefusesAbsurdShapesWithoutTakingMemoryForThem) {
  for (const auto dims : {std::initializer_list<int64_t>{int64_t{1} << 40, int64_t{1} << 40},
                          {int64_t{1} << 62, 4},
                          {-3},
                          {-1, -1},
                          {1, 1, 1, 1, 1, 1, 1, 1, 1}}) {
    auto proto = relu_model();
    add_weight(proto, dims);
    EXPECT_NE(refusal(proto), "");
  }
}

TEST(MalformedOnnx, RefusesTypesAndPlacesItCannotHold) {
  auto proto = relu_model();
  add_weight(proto, {})->set_data_type(onnx::TensorProto::FLOAT16);
  EXPECT_TRUE(holds(refusal(proto), {"data type 10"}));
  proto = relu_model();
  add_weight(proto, {2})->set_data_location(onnx::TensorProto::EXTERNAL);
  EXPECT_TRUE(holds(refusal(proto), {"another file"}));
  proto = relu_model();
  proto.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(
      onnx::TensorProto::INT64);
  EXPECT_TRUE(holds(refusal(proto), {"input 'x' is no float"}));
  proto = relu_model();
  proto.mutable_graph()->add_sparse_initializer();
  EXPECT_TRUE(holds(refusal(proto), {"sparse"}));
  proto = relu_model();
  proto.add_functions();
  EXPECT_TRUE(holds(refusal(proto), {"functions"}));
}

TEST(MalformedOnnx, RefusesSubgraphs) {
  auto proto = relu_model();
  auto* attribute = proto.mutable_graph()->mutable_node(0)->add_attribute();
  attribute->set_name("then_branch");
  attribute->set_type(onnx::AttributeProto::GRAPH);
  EXPECT_TRUE(holds(refusal(proto), {"'relu'", "then_branch", "subgraphs"}));
}

TEST(MalformedOnnx, RefusesNamesThatAreMissingOrTwice) {
  auto proto = relu_model();
  proto.mutable_graph()->mutable_node(0)->set_input(0, "nowhere");
  EXPECT_TRUE(holds(refusal(proto), {"reads 'nowhere'"}));
  proto = relu_model();
  proto.mutable_graph()->mutable_node(0)->set_output(0, "x");
  EXPECT_TRUE(holds(refusal(proto), {"'x' is made twice"}));
  proto = relu_model();
  proto.mutable_graph()->mutable_output(0)->set_name("z");
  EXPECT_TRUE(holds(refusal(proto), {"output 'z'"}));
  proto = relu_model();
  proto.mutable_graph()->mutable_node(0)->clear_output();
  EXPECT_TRUE(holds(refusal(proto), {"no output"}));
  proto = relu_model();
  proto.mutable_graph()->clear_output();
  EXPECT_TRUE(holds(refusal(proto), {"no output"}));
}

TEST(MalformedOnnx, RefusesInputsWithoutAUsableShape) {
  auto proto = relu_model();
  auto* type = proto.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type();
  type->mutable_shape()->mutable_dim(0)->set_dim_value(0);
  EXPECT_TRUE(holds(refusal(proto), {"extent 0"}));
  type->clear_shape();
  EXPECT_TRUE(holds(refusal(proto), {"no shape"}));
}

/// Reads and measures; only UserError may come out.
void expect_no_surprise(const std::string& bytes) {
  try {
    const Model model = parse_onnx(bytes, "damaged");
    std::map<std::string, tensor::Shape> shapes;
    for (const Value& input : model.inputs) {
      shapes[input.name] = input.shape;
      for (int64_t& extent : shapes[input.name]) extent = extent == -1 ? 1 : extent;
    }
    count_macs(fold_batch_norm(model), shapes);
  } catch (const base::UserError&) {  // As it should be.
  }
}

class DamagedOnnx : public testing::TestWithParam<std::string> {};

TEST_P(DamagedOnnx, IsRefusedWhereverItIsCutWithinTheGraph) {
  const std::string bytes = base::read_file(golden_path(GetParam()));
  for (size_t length = 0; length < bytes.size(); length += 1 + length / 200) {
    EXPECT_THROW(parse_onnx(bytes.substr(0, length), "cut"), base::UserError) << length;
  }
}

TEST_P(DamagedOnnx, NeverSurprisesWithFlippedBits) {
  const std::string bytes = base::read_file(golden_path(GetParam()));
  base::Random random(7);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = bytes;
    for (int64_t flips = 1 + random.below(3); flips > 0; --flips) {
      const auto at = static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())));
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.below(8)));
    }
    expect_no_surprise(damaged);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, DamagedOnnx, testing::Values("resnet2d.onnx", "resnet3d_folded.onnx"),
                         [](const auto& test) { return test.param.substr(0, test.param.find('.')); });

}  // namespace
}  // namespace gerund::graph
