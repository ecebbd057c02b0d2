// Shapes and costs of graphs. Batch norm folding is in fold_batch_norm.cc.
#include "graph/transform.h"

#include <fmt/format.h>

#include <limits>

#include "base/error.h"
#include "graph/attributes.h"
#include "graph/extents.h"
#include "graph/operators.h"

namespace gerund::graph {
namespace {

using tensor::Shape;
using Shapes = std::map<std::string, Shape>;

bool fits(const Shape& given, const Shape& wanted) {
  if (given.size() != wanted.size()) return false;
  for (size_t axis = 0; axis < given.size(); ++axis) {
    if (given[axis] < 1 || (wanted[axis] != -1 && given[axis] != wanted[axis])) return false;
  }
  return true;
}

void add_inputs(const Model& model, const Shapes& inputs, Shapes& shapes) {
  for (const Value& input : model.inputs) {
    const auto given = inputs.find(input.name);
    if (given == inputs.end()) throw base::UserError(fmt::format("input '{}': its shape is not given", input.name));
    if (!fits(given->second, input.shape)) {
      throw base::UserError(fmt::format("input '{}' has shape {}; the network takes {} (-1: any extent from 1 on)",
                                        input.name, tensor::to_string(given->second), tensor::to_string(input.shape)));
    }
    checked_elements(given->second, fmt::format("input '{}'", input.name));
    shapes[input.name] = given->second;
  }
}

/// Looks up what the shape rule of a node sees, with the types that the operator wants.
class OperandFinder {
 public:
  OperandFinder(const Model& model, const Shapes& shapes) : model_(model), shapes_(shapes) {}

  Operands find(const Node& node, const Operator& entry) const {
    Operands operands{node, model_.opset, {}, {}};
    for (size_t input = 0; input < node.inputs.size(); ++input) {
      const bool is_list = entry.is_list(input);
      const std::string& name = node.inputs[input];
      operands.shapes.push_back(name.empty() ? nullptr : &shape_of(node, name));
      if (!name.empty() && !is_list) check_type(node, name, entry.takes_integers ? input : 1);
      operands.lists.push_back(is_list && !name.empty() ? &list_of(node, name) : nullptr);
      if (name.empty() && (input < entry.min_inputs || entry.max_inputs == kAnyNumber)) {
        throw base::UserError(fmt::format("{}: input {} is left out", describe(node), input));
      }
    }
    return operands;
  }

 private:
  const Shape& shape_of(const Node& node, const std::string& name) const {
    const auto found = shapes_.find(name);
    if (found == shapes_.end()) {
      throw base::UserError(fmt::format("{}: reads '{}', which nothing before it makes", describe(node), name));
    }
    return found->second;
  }

  /// Of QuantizeLinear and DequantizeLinear, `role` 0 is what they convert, 2 the zero point; 1 is everything else.
  void check_type(const Node& node, const std::string& name, size_t role) const {
    using tensor::DType;
    const auto found = model_.initializers.find(name);
    if (found == model_.initializers.end()) return;
    const DType type = found->second.dtype();
    const bool is_byte = type == DType::u8 || type == DType::i8;
    const bool is_whole = is_byte || (type == DType::i32 && node.op == "DequantizeLinear");
    const bool fits = role == 2 ? is_whole : type == DType::f32 || (role == 0 && is_whole);
    if (fits && found->second.size() > 0) return;
    throw base::UserError(fmt::format("{}: '{}' must be {} and not empty", describe(node), name,
                                      role == 2   ? "uint8 or int8 (of DequantizeLinear also int32)"
                                      : role == 0 ? "float32, uint8, int8 or int32"
                                                  : "float32"));
  }

  const tensor::Tensor& list_of(const Node& node, const std::string& name) const {
    const auto found = model_.initializers.find(name);
    if (found != model_.initializers.end() && found->second.dtype() == tensor::DType::i64) return found->second;
    throw base::UserError(
        fmt::format("{}: '{}' must be an int64 constant; export the network with fixed shapes", describe(node), name));
  }

  const Model& model_;
  const Shapes& shapes_;
};

Shape output_shape(const Node& node, const OperandFinder& finder) {
  const Operator& entry = find_operator(node);
  if (node.inputs.size() < entry.min_inputs || node.inputs.size() > entry.max_inputs) {
    const std::string most = entry.max_inputs == kAnyNumber ? "any number" : std::to_string(entry.max_inputs);
    const char* hint = node.op == "Pad" ? " (pads for every axis, as before opset 18, which can name some)" : "";
    throw base::UserError(fmt::format("{}: has {} inputs; {} to {} are wanted{}", describe(node), node.inputs.size(),
                                      entry.min_inputs, most, hint));
  }
  if (node.outputs.empty()) throw base::UserError(fmt::format("{}: has no output", describe(node)));
  Shape shape = entry.shape(finder.find(node, entry));
  if (checked_elements(shape, describe(node) + ": its output") == 0) {
    throw base::UserError(fmt::format("{}: its output {} has no elements", describe(node), tensor::to_string(shape)));
  }
  return shape;
}

/// Multiply-adds that make one element of the output of `node`; 0 for an operator that is not counted.
int64_t macs_per_element(const Node& node, const Shapes& shapes) {
  if (node.op == "Conv") {
    const Shape& weight = shapes.at(node.inputs[1]);
    return tensor::num_elements(weight) / weight[0];
  }
  if (node.op == "MatMul") return shapes.at(node.inputs[0]).back();
  if (node.op == "Gemm") return shapes.at(node.inputs[0])[int_attribute(node, "transA", 0) != 0 ? 0 : 1];
  return 0;
}

}  // namespace

std::map<std::string, Shape> infer_shapes(const Model& model, const std::map<std::string, Shape>& inputs) {
  Shapes shapes;
  for (const auto& [name, weight] : model.initializers) {
    checked_elements(weight.shape(), fmt::format("weight '{}'", name));
    shapes[name] = weight.shape();
  }
  add_inputs(model, inputs, shapes);
  const OperandFinder finder(model, shapes);
  for (const Node& node : model.nodes) {
    Shape shape = output_shape(node, finder);
    shapes[node.outputs.front()] = std::move(shape);
  }
  return shapes;
}

int64_t count_macs(const Model& model, const std::map<std::string, Shape>& inputs) {
  const Shapes shapes = infer_shapes(model, inputs);
  int64_t total = 0;
  for (const Node& node : model.nodes) {
    const int64_t each = macs_per_element(node, shapes);
    const int64_t elements = tensor::num_elements(shapes.at(node.outputs.front()));
    if (each > (std::numeric_limits<int64_t>::max() - total) / elements) {
      throw base::UserError(fmt::format("{}: its multiply-adds cannot be counted in 64 bits", describe(node)));
    }
    total += each * elements;
  }
  return total;
}

}  // namespace gerund::graph
