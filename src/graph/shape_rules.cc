// Shapes of operators that calculate. Those that only rearrange are in shape_rules_arrange.cc.
#include "graph/shape_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "graph/extents.h"
#include "graph/sliding_window.h"

namespace gerund::graph {
namespace {

using tensor::Shape;

[[noreturn]] void fail(const Operands& operands, const std::string& reason) {
  throw base::UserError(fmt::format("{}: {}", describe(operands.node), reason));
}

void want_rank(const Operands& operands, size_t input, size_t rank) {
  const Shape& shape = operands.shape(input);
  if (shape.size() == rank) return;
  fail(operands, fmt::format("input {} has shape {}; {} axes are wanted", input, tensor::to_string(shape), rank));
}

void want_shape(const Operands& operands, size_t input, const Shape& wanted) {
  const Shape& shape = operands.shape(input);
  if (shape == wanted) return;
  fail(operands,
       fmt::format("input {} has shape {}; {} is wanted", input, tensor::to_string(shape), tensor::to_string(wanted)));
}

void want_channels(const Operands& operands) {
  const Shape& shape = operands.shape(0);
  if (shape.size() >= 2) return;
  fail(operands, fmt::format("input 0 has shape {}; [N, C, ...] is wanted", tensor::to_string(shape)));
}

Shape with_channels(const Shape& input, int64_t channels, const Ints& spatial) {
  Shape shape{input[0], channels};
  shape.insert(shape.end(), spatial.begin(), spatial.end());
  return shape;
}

}  // namespace

Shape same_shape(const Operands& operands) {
  return operands.shape(0);
}

Shape clip_shape(const Operands& operands) {
  for (size_t bound = 1; bound < 3; ++bound) {
    if (operands.has(bound) && tensor::num_elements(operands.shape(bound)) != 1) {
      fail(operands, fmt::format("input {} has shape {}; a single number is wanted", bound,
                                 tensor::to_string(operands.shape(bound))));
    }
  }
  return operands.shape(0);
}

std::optional<size_t> scale_axis(const Node& node, const Shape& shape, const Shape& scale) {
  if (tensor::num_elements(scale) == 1) return std::nullopt;
  const auto axis = static_cast<size_t>(axis_of(node, int_attribute(node, "axis", 1), shape.size()));
  if (scale != Shape{shape[axis]}) {
    throw base::UserError(
        fmt::format("{}: its scale has shape {}; a single number or one for each of the {} indices of "
                    "axis {} is wanted",
                    describe(node), tensor::to_string(scale), shape[axis], axis));
  }
  return axis;
}

Shape quantize_shape(const Operands& operands) {
  // Attribute of opset 21. The numbers are ONNX's of float32, uint8 and int8.
  const int64_t type = int_attribute(operands.node, "output_dtype", 0);
  if (type != 0 && type != 1 && type != 2 && !(type == 3 && operands.has(2)))
    fail(operands, fmt::format("output_dtype {} is not supported; give a zero point of uint8 or int8 instead", type));
  scale_axis(operands.node, operands.shape(0), operands.shape(1));
  if (operands.has(2) && tensor::num_elements(operands.shape(2)) != tensor::num_elements(operands.shape(1))) {
    fail(operands, fmt::format("its zero point has shape {}; that of its scale, {}, is wanted",
                               tensor::to_string(operands.shape(2)), tensor::to_string(operands.shape(1))));
  }
  return operands.shape(0);
}

Shape broadcast(const Node& node, const Shape& a, const Shape& b) {
  Shape shape(std::max(a.size(), b.size()), 1);
  for (size_t back = 1; back <= shape.size(); ++back) {
    const int64_t in_a = back <= a.size() ? a[a.size() - back] : 1;
    const int64_t in_b = back <= b.size() ? b[b.size() - back] : 1;
    if (in_a != in_b && in_a != 1 && in_b != 1) {
      throw base::UserError(fmt::format("{}: shapes {} and {} cannot be broadcast to one another", describe(node),
                                        tensor::to_string(a), tensor::to_string(b)));
    }
    shape[shape.size() - back] = std::max(in_a, in_b);
  }
  return shape;
}

Shape broadcast_shape(const Operands& operands) {
  return broadcast(operands.node, operands.shape(0), operands.shape(1));
}

Shape batch_norm_shape(const Operands& operands) {
  if (int_attribute(operands.node, "training_mode", 0) != 0) {
    fail(operands, "training_mode is set; export the network for inference (model.eval())");
  }
  if (int_attribute(operands.node, "spatial", 1) != 1) fail(operands, "spatial=0 is not supported");
  want_channels(operands);
  for (size_t input = 1; input < 5; ++input) want_shape(operands, input, {operands.shape(0)[1]});
  return operands.shape(0);
}

Shape conv_shape(const Operands& operands) {
  want_channels(operands);
  const Shape& input = operands.shape(0);
  const Shape& weight = operands.shape(1);
  want_rank(operands, 1, input.size());
  const int64_t group = int_attribute(operands.node, "group", 1);
  if (group < 1 || input[1] % group != 0 || weight[0] % group != 0 || weight[1] != input[1] / group) {
    fail(operands, fmt::format("weight {} does not fit input {} in {} groups; [M, C / groups, ...] is wanted",
                               tensor::to_string(weight), tensor::to_string(input), group));
  }
  const Ints kernel(weight.begin() + 2, weight.end());
  if (ints_attribute(operands.node, "kernel_shape", kernel) != kernel) {
    fail(operands, fmt::format("kernel_shape does not fit its weight {}", tensor::to_string(weight)));
  }
  if (operands.has(2)) want_shape(operands, 2, {weight[0]});
  return with_channels(input, weight[0], sliding_window(operands.node, input, kernel).output);
}

Shape pool_shape(const Operands& operands) {
  want_channels(operands);
  const Shape& input = operands.shape(0);
  const Ints kernel = ints_attribute(operands.node, "kernel_shape", {});
  return with_channels(input, input[1], sliding_window(operands.node, input, kernel).output);
}

Shape global_pool_shape(const Operands& operands) {
  want_channels(operands);
  Shape shape = operands.shape(0);
  std::fill(shape.begin() + 2, shape.end(), 1);
  return shape;
}

Shape reduce_shape(const Operands& operands) {
  Shape shape = operands.shape(0);
  const Ints axes = axes_of(operands.node, operands.list(1), shape.size());
  if (axes.empty() && int_attribute(operands.node, "noop_with_empty_axes", 0) != 0) return shape;
  const bool keep = int_attribute(operands.node, "keepdims", 1) != 0;
  Shape reduced;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const bool gone = axes.empty() || std::binary_search(axes.begin(), axes.end(), static_cast<int64_t>(axis));
    if (!gone) reduced.push_back(shape[axis]);
    if (gone && keep) reduced.push_back(1);
  }
  return reduced;
}

int64_t softmax_axis(const Node& node, int64_t opset, size_t rank) {
  return axis_of(node, int_attribute(node, "axis", opset < 13 ? 1 : -1), rank);
}

Shape softmax_shape(const Operands& operands) {
  softmax_axis(operands.node, operands.opset, operands.shape(0).size());
  return operands.shape(0);
}

Shape gemm_shape(const Operands& operands) {
  want_rank(operands, 0, 2);
  want_rank(operands, 1, 2);
  const bool flip_a = int_attribute(operands.node, "transA", 0) != 0;
  const bool flip_b = int_attribute(operands.node, "transB", 0) != 0;
  const Shape& a = operands.shape(0);
  const Shape& b = operands.shape(1);
  if (a[flip_a ? 0 : 1] != b[flip_b ? 1 : 0]) {
    fail(operands, fmt::format("{}{} cannot be multiplied by {}{}", tensor::to_string(a), flip_a ? " transposed" : "",
                               tensor::to_string(b), flip_b ? " transposed" : ""));
  }
  Shape shape{a[flip_a ? 1 : 0], b[flip_b ? 0 : 1]};
  if (operands.has(2) && broadcast(operands.node, operands.shape(2), shape) != shape) {
    fail(operands, fmt::format("input 2 has shape {}, which cannot be broadcast to {}",
                               tensor::to_string(operands.shape(2)), tensor::to_string(shape)));
  }
  return shape;
}

Shape matmul_shape(const Operands& operands) {
  Shape a = operands.shape(0);
  Shape b = operands.shape(1);
  if (a.empty() || b.empty()) fail(operands, "a scalar cannot be multiplied as a matrix; use Mul");
  const bool a_is_row = a.size() == 1;
  const bool b_is_column = b.size() == 1;
  if (a_is_row) a.insert(a.begin(), 1);
  if (b_is_column) b.push_back(1);
  if (a.back() != b[b.size() - 2]) {
    fail(operands, fmt::format("{} cannot be multiplied by {}", tensor::to_string(operands.shape(0)),
                               tensor::to_string(operands.shape(1))));
  }
  Shape shape = broadcast(operands.node, Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
  if (!a_is_row) shape.push_back(a[a.size() - 2]);
  if (!b_is_column) shape.push_back(b.back());
  return shape;
}

}  // namespace gerund::graph
