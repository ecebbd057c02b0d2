#include "graph/onnx_pieces.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <string>

namespace gerund::graph {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

/// Splits the message that lies before the limit of `in`: fields of bytes or messages of number `wanted` are left to
/// `take`, given their length; all others are appended to `rest` as they are. False where it is no message.
template <typename Take>
bool split_message(CodedInputStream& in, int wanted, std::string& rest, const Take& take) {
  const uint32_t wanted_tag = WireFormatLite::MakeTag(wanted, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  google::protobuf::io::StringOutputStream text(&rest);
  google::protobuf::io::CodedOutputStream others(&text);
  while (const uint32_t tag = in.ReadTag()) {
    if (tag != wanted_tag) {
      if (!WireFormatLite::SkipField(&in, tag, &others)) return false;
      continue;
    }
    int length = 0;
    if (!in.ReadVarintSizeAsInt(&length) || length > in.BytesUntilLimit()) return false;
    const CodedInputStream::Limit outer = in.PushLimit(length);
    if (!take(static_cast<size_t>(length)) || in.BytesUntilLimit() != 0) return false;
    in.PopLimit(outer);
  }
  return in.ConsumedEntireMessage();
}

bool read_weight(CodedInputStream& in, WeightPiece& weight) {
  std::string rest;
  const auto take_raw = [&](size_t length) {
    weight.raw.emplace(length);
    return in.ReadRaw(weight.raw->data(), static_cast<int>(length));
  };
  return split_message(in, onnx::TensorProto::kRawDataFieldNumber, rest, take_raw) &&
         weight.proto.ParseFromString(rest);
}

}  // namespace

std::optional<ModelPieces> parse_pieces(google::protobuf::io::ZeroCopyInputStream& bytes, int length) {
  ModelPieces pieces;
  std::string of_model, of_graph;
  CodedInputStream in(&bytes);
  in.PushLimit(length);
  bool has_graph = false;
  const auto take_weight = [&](size_t /*length*/) { return read_weight(in, pieces.weights.emplace_back()); };
  const auto take_graph = [&](size_t /*length*/) {
    has_graph = true;
    return split_message(in, onnx::GraphProto::kInitializerFieldNumber, of_graph, take_weight);
  };
  if (!split_message(in, onnx::ModelProto::kGraphFieldNumber, of_model, take_graph) || in.BytesUntilLimit() != 0)
    return std::nullopt;
  if (!pieces.proto.ParseFromString(of_model)) return std::nullopt;
  if (has_graph && !pieces.proto.mutable_graph()->ParseFromString(of_graph)) return std::nullopt;
  return pieces;
}

}  // namespace gerund::graph
