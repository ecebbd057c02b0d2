// graph/operators.h - the operators that a graph may hold, and the shape that each makes. Meaning: ONNX's operator
// reference, opset 7 to 22.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "graph/model.h"

namespace gerund::graph {

/// What a shape rule sees of a node. One entry per input in `shapes` and `lists`.
struct Operands {
  const Node& node;
  int64_t opset;
  std::vector<const tensor::Shape*> shapes;  ///< nullptr: left out. Every extent is at least 1.
  std::vector<const tensor::Tensor*> lists;  ///< int64 [K] initializer of each list input, else nullptr.

  const tensor::Shape& shape(size_t input) const { return *shapes.at(input); }
  bool has(size_t input) const { return input < shapes.size() && shapes[input] != nullptr; }
  const tensor::Tensor* list(size_t input) const { return input < lists.size() ? lists[input] : nullptr; }
};

/// The shape of a node's first output. Throws UserError naming the node where its inputs do not fit.
using ShapeRule = tensor::Shape (*)(const Operands& operands);

inline constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();  ///< Of inputs, none of them left out.

/// Inputs are float32 but for the list inputs, which must be initializers: shapes then never depend on data. Integers
/// that a QuantizeLinear makes are float32 as well, with whole numbers in them.
struct Operator {
  const char* op;
  size_t min_inputs;
  size_t max_inputs;
  int list_input;  ///< Index of the input that holds a shape, axes or pads; -1: none.
  ShapeRule shape;
  int num_lists = 1;            ///< Inputs from list_input on that are lists.
  bool takes_integers = false;  ///< Initializers other than the scale, input 1, may be uint8, int8 or int32.

  bool is_list(size_t input) const {
    const auto index = static_cast<int>(input);
    return list_input >= 0 && index >= list_input && index < list_input + num_lists;
  }
};

/// Throws UserError naming the node where its operator is not in the table.
const Operator& find_operator(const Node& node);

}  // namespace gerund::graph
