// graph/model.h - a network as a portable graph: what an ONNX file holds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "tensor/tensor.h"

namespace gerund::graph {

using Attribute = std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>, tensor::Tensor>;

/// One operator, with ONNX's names for op and attributes (standard domain).
struct Node {
  std::string op;
  std::string name;
  std::vector<std::string> inputs;  ///< Value names; "" for an optional input that is left out.
  std::vector<std::string> outputs;
  std::map<std::string, Attribute> attributes;
};

/// A graph input or output.
struct Value {
  std::string name;
  tensor::Shape shape;  ///< -1: an extent free at run time (the batch).
};

/// Owns everything. Nodes stand in an order in which they can run.
struct Model {
  std::string name;
  std::vector<Value> inputs;
  std::vector<Value> outputs;
  std::vector<Node> nodes;
  std::map<std::string, tensor::Tensor> initializers;
  std::map<std::string, std::string> metadata;  ///< "gerund.*" keys: graph/metadata.h.
  int64_t opset = 17;
};

}  // namespace gerund::graph
