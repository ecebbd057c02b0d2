#include "graph/onnx_pieces.h"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace gerund::graph {
namespace {

/// `block_size`: bytes that the stream gives at a time.
std::optional<ModelPieces> parse(const std::string& bytes, int block_size = -1, int more = 0) {
  google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()), block_size);
  return parse_pieces(stream, static_cast<int>(bytes.size()) + more);
}

/// The message that the pieces are of.
onnx::ModelProto whole(const ModelPieces& pieces) {
  onnx::ModelProto model = pieces.proto;
  for (const WeightPiece& piece : pieces.weights) {
    onnx::TensorProto& weight = *model.mutable_graph()->add_initializer();
    weight = piece.proto;
    if (piece.raw) weight.set_raw_data(piece.raw->data(), piece.raw->size());
  }
  return model;
}

onnx::ModelProto small_model() {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(17);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("small");
  for (const int size : {0, 3, 700}) {
    onnx::TensorProto& weight = *graph.add_initializer();
    weight.set_name("w" + std::to_string(size));
    weight.set_data_type(onnx::TensorProto::FLOAT);
    weight.add_dims(size);
    weight.set_raw_data(std::string(static_cast<size_t>(size) * 4, 'x'));
  }
  onnx::TensorProto& plain = *graph.add_initializer();
  plain.set_name("plain");
  plain.add_float_data(1.5F);
  onnx::NodeProto& node = *graph.add_node();
  node.set_op_type("Constant");
  node.add_attribute()->mutable_t()->set_raw_data("abcd");
  return model;
}

TEST(OnnxPieces, AreThoseOfTheWholeMessage) {
  const onnx::ModelProto model = small_model();
  for (const int block : {1, 2, 7, 64, -1}) {
    const auto pieces = parse(model.SerializeAsString(), block);
    ASSERT_TRUE(pieces) << block;
    EXPECT_EQ(pieces->proto.graph().initializer_size(), 0);
    ASSERT_EQ(pieces->weights.size(), 4U);
    EXPECT_TRUE(pieces->weights[0].raw.has_value());  // Empty, and yet there.
    EXPECT_FALSE(pieces->weights[3].raw.has_value());
    EXPECT_EQ(whole(*pieces).SerializeAsString(), model.SerializeAsString()) << block;
  }
}

TEST(OnnxPieces, OfAMessageGivenTwiceAreMerged) {
  const std::string bytes = small_model().SerializeAsString() + small_model().SerializeAsString();
  onnx::ModelProto expected;
  ASSERT_TRUE(expected.ParseFromString(bytes));
  const auto pieces = parse(bytes);
  ASSERT_TRUE(pieces);
  EXPECT_EQ(pieces->weights.size(), 8U);
  EXPECT_EQ(whole(*pieces).SerializeAsString(), expected.SerializeAsString());
}

TEST(OnnxPieces, AreNoneWhereBytesAreMissing) {
  const std::string bytes = small_model().SerializeAsString();
  EXPECT_FALSE(parse(bytes, -1, 1));
  EXPECT_FALSE(parse(bytes, -1, 1000));
  std::string claims = bytes;  // The graph begins behind ir_version; its length is made one of 268 million.
  const size_t graph = claims.find("\x3a");
  ASSERT_NE(graph, std::string::npos);
  claims.replace(graph + 1, 2, std::string("\xff\xff\xff\x7f"));
  EXPECT_FALSE(parse(claims));
}

TEST(OnnxPieces, AreTakenAndRefusedAsProtobufDoes) {
  const std::string bytes = small_model().SerializeAsString();
  base::Random random(11);
  int num_taken = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string damaged = bytes;
    for (int64_t flips = random.below(3); flips >= 0; --flips)
      damaged[static_cast<size_t>(random.below(60))] ^= static_cast<char>(1 << random.below(8));
    onnx::ModelProto expected;
    const bool is_taken = expected.ParseFromString(damaged);
    const auto pieces = parse(damaged, 1 + static_cast<int>(random.below(16)));
    ASSERT_EQ(pieces.has_value(), is_taken) << i;
    if (!is_taken) continue;
    ++num_taken;
    ASSERT_EQ(whole(*pieces).SerializeAsString(), expected.SerializeAsString()) << i;
  }
  EXPECT_GT(num_taken, 100);
}

}  // namespace
}  // namespace gerund::graph
