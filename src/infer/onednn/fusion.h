// infer/onednn/fusion.h - which nodes of a graph run as one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/model.h"
#include "infer/onednn/memories.h"

namespace gerund::infer {

/// A node and those that are done while its result is written: behind a Conv an addition, then a clamp (Relu, Clip);
/// behind a QuantizeLinear the DequantizeLinear of the same scale.
struct FusedNode {
  const graph::Node* node;
  std::string output;   ///< Name of the value behind the last of them.
  std::string summand;  ///< Value of the same shape that is added; "": none.
  Clamp clamp;
};

/// The nodes of `model` in an order in which they can run, merged where nobody else reads what lies between. `shapes`:
/// of all values. The result refers to `model`.
std::vector<FusedNode> fuse(const graph::Model& model, const std::map<std::string, tensor::Shape>& shapes);

}  // namespace gerund::infer
