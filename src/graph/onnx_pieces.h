// graph/onnx_pieces.h - an ONNX file parsed from a stream, so that its weights lie in memory once.
#pragma once

#include <google/protobuf/io/zero_copy_stream.h>
#include <onnx/onnx_pb.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "tensor/tensor.h"

namespace gerund::graph {

/// An initializer of the graph; what was its raw_data stands in `raw`.
struct WeightPiece {
  onnx::TensorProto proto;
  std::optional<tensor::Bytes> raw;
};

struct ModelPieces {
  onnx::ModelProto proto;  ///< Without the initializers of its graph.
  std::vector<WeightPiece> weights;
};

/// Parses `length` bytes, at most 2 GiB; nullopt where they are no ONNX model or end too early. Lengths that
/// reach beyond them take no memory.
std::optional<ModelPieces> parse_pieces(google::protobuf::io::ZeroCopyInputStream& bytes, int length);

}  // namespace gerund::graph
