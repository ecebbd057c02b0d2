// Shapes of operators that rearrange elements without calculating.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "graph/extents.h"
#include "graph/shape_rules.h"

namespace gerund::graph {
namespace {

using tensor::Shape;

[[noreturn]] void fail(const Operands& operands, const std::string& reason) {
  throw base::UserError(fmt::format("{}: {}", describe(operands.node), reason));
}

bool contains(const Ints& sorted, size_t value) {
  return std::binary_search(sorted.begin(), sorted.end(), static_cast<int64_t>(value));
}

/// The extents a Reshape asks for, with 0 replaced by the input's extent; -1 stays.
Shape wanted_extents(const Operands& operands, const Shape& input) {
  const auto list = operands.list(1)->ints();
  const bool zero_copies = int_attribute(operands.node, "allowzero", 0) == 0;
  Shape wanted(list.begin(), list.end());
  for (size_t axis = 0; axis < wanted.size(); ++axis) {
    if (wanted[axis] == 0 && zero_copies && axis < input.size()) wanted[axis] = input[axis];
  }
  return wanted;
}

/// One axis of a Slice. Negative bounds count from the end; bounds outside are moved to it, however far away they are.
KeptIndices kept_indices(int64_t extent, int64_t start, int64_t end, int64_t step) {
  const bool forward = step > 0;
  const auto inside = [&](int64_t bound) {
    const int64_t lowest = forward ? 0 : -1;
    const int64_t highest = forward ? extent : extent - 1;
    return std::clamp(bound < 0 ? std::max(bound, -extent - 1) + extent : bound, lowest, highest);
  };
  const int64_t first = std::max<int64_t>(inside(start), 0);
  const int64_t distance = forward ? inside(end) - first : first - inside(end);
  if (distance <= 0) return {first, step, 0};
  // A step beyond the axis keeps one index; so no product below can overflow.
  const int64_t stride = std::min(forward ? step : -std::max(step, -extent), extent);
  return {first, forward ? stride : -stride, (distance + stride - 1) / stride};
}

}  // namespace

Shape concat_shape(const Operands& operands) {
  Shape shape = operands.shape(0);
  const auto axis = static_cast<size_t>(axis_of(operands.node, int_attribute(operands.node, "axis", 1), shape.size()));
  for (size_t input = 1; input < operands.shapes.size(); ++input) {
    Shape other = operands.shape(input);
    const int64_t extent = other.size() == shape.size() ? other[axis] : 0;
    if (extent > 0) other[axis] = shape[axis];
    if (other != shape) {
      fail(operands, fmt::format("input {} of shape {} cannot be joined to {} along axis {}", input,
                                 tensor::to_string(operands.shape(input)), tensor::to_string(operands.shape(0)), axis));
    }
    shape[axis] += extent;
  }
  return shape;
}

Shape flatten_shape(const Operands& operands) {
  const Shape& input = operands.shape(0);
  const int64_t given = int_attribute(operands.node, "axis", 1);
  const auto rank = static_cast<int64_t>(input.size());
  if (given < -rank || given > rank) {
    fail(operands, fmt::format("axis {} is not in [{}, {}], the axes of its input", given, -rank, rank));
  }
  const auto middle = input.begin() + (given < 0 ? given + rank : given);
  return {tensor::num_elements(Shape(input.begin(), middle)), tensor::num_elements(Shape(middle, input.end()))};
}

Shape reshape_shape(const Operands& operands) {
  const Shape& input = operands.shape(0);
  Shape shape = wanted_extents(operands, input);
  const auto free = std::find(shape.begin(), shape.end(), -1);
  if (free != shape.end()) *free = 1;
  const int64_t known = checked_elements(shape, describe(operands.node) + ": the shape it makes");
  const int64_t elements = tensor::num_elements(input);
  const bool fits = free == shape.end() ? known == elements : known > 0 && elements % known == 0;
  if (!fits) {
    const auto list = operands.list(1)->ints();
    fail(operands, fmt::format("input {} cannot become {}", tensor::to_string(input),
                               tensor::to_string(Shape(list.begin(), list.end()))));
  }
  if (free != shape.end()) *free = elements / known;
  return shape;
}

Shape squeeze_shape(const Operands& operands) {
  const Shape& input = operands.shape(0);
  const Ints axes = axes_of(operands.node, operands.list(1), input.size());
  Shape shape;
  for (size_t axis = 0; axis < input.size(); ++axis) {
    const bool gone = axes.empty() ? input[axis] == 1 : contains(axes, axis);
    if (gone && input[axis] != 1) {
      fail(operands,
           fmt::format("axis {} of {} cannot be removed: its extent is not 1", axis, tensor::to_string(input)));
    }
    if (!gone) shape.push_back(input[axis]);
  }
  return shape;
}

Shape unsqueeze_shape(const Operands& operands) {
  const Shape& input = operands.shape(0);
  const Node& node = operands.node;
  const size_t added = operands.list(1) != nullptr ? static_cast<size_t>(operands.list(1)->size())
                                                   : ints_attribute(node, "axes", {}).size();
  if (added == 0) fail(operands, "it lists no axes");
  if (added > kMaxRank) fail(operands, fmt::format("it lists {} axes; at most {} are supported", added, kMaxRank));
  const Ints axes = axes_of(node, operands.list(1), input.size() + added);
  Shape shape;
  size_t next = 0;
  for (size_t axis = 0; axis < input.size() + added; ++axis) shape.push_back(contains(axes, axis) ? 1 : input[next++]);
  return shape;
}

Ints transpose_order(const Node& node, size_t rank) {
  Ints reversed(rank);
  for (size_t axis = 0; axis < rank; ++axis) reversed[axis] = static_cast<int64_t>(rank - 1 - axis);
  Ints order = ints_attribute(node, "perm", reversed);
  if (!std::is_permutation(order.begin(), order.end(), reversed.begin(), reversed.end())) {
    throw base::UserError(fmt::format("{}: perm {} is no order of the {} axes of its input", describe(node),
                                      tensor::to_string(order), rank));
  }
  return order;
}

Shape transpose_shape(const Operands& operands) {
  const Shape& input = operands.shape(0);
  Shape shape;
  for (const int64_t axis : transpose_order(operands.node, input.size())) {
    shape.push_back(input[static_cast<size_t>(axis)]);
  }
  return shape;
}

Ints pads_of(const Node& node, const tensor::Tensor* list, size_t rank) {
  Ints pads = list == nullptr ? ints_attribute(node, "pads", {}) : Ints(list->ints().begin(), list->ints().end());
  const bool fits = pads.size() == 2 * rank && std::all_of(pads.begin(), pads.end(), [](int64_t pad) {
                      return pad >= -kMaxElements && pad <= kMaxElements;
                    });
  if (fits) return pads;
  throw base::UserError(
      fmt::format("{}: pads are {}; a beginning and an end for each of the {} axes are wanted, and "
                  "no more than 2^34 elements",
                  describe(node), tensor::to_string(pads), rank));
}

Shape pad_shape(const Operands& operands) {
  Shape shape = operands.shape(0);
  const std::string mode = text_attribute(operands.node, "mode", "constant");
  if (mode != "constant") fail(operands, fmt::format("mode '{}' is not supported; constant is", mode));
  if (operands.has(2) && tensor::num_elements(operands.shape(2)) != 1) fail(operands, "its value is no single number");
  const Ints pads = pads_of(operands.node, operands.list(1), shape.size());
  for (size_t axis = 0; axis < shape.size(); ++axis) shape[axis] += pads[axis] + pads[axis + shape.size()];
  return shape;
}

std::vector<KeptIndices> slice_of(const Node& node, const std::array<const tensor::Tensor*, 4>& lists,
                                  const Shape& shape) {
  const auto given = [&](size_t list, const char* attribute, const Ints& fallback) {
    const tensor::Tensor* tensor = lists.at(list);
    return tensor == nullptr ? ints_attribute(node, attribute, fallback)
                             : Ints(tensor->ints().begin(), tensor->ints().end());
  };
  const Ints starts = given(0, "starts", {});
  const Ints ends = given(1, "ends", {});
  Ints axes(starts.size());
  std::iota(axes.begin(), axes.end(), 0);
  axes = given(2, "axes", axes);
  const Ints steps = given(3, "steps", Ints(starts.size(), 1));
  if (starts.empty() || ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size()) {
    throw base::UserError(fmt::format("{}: starts {}, ends {}, axes {} and steps {} are not equally many",
                                      describe(node), tensor::to_string(starts), tensor::to_string(ends),
                                      tensor::to_string(axes), tensor::to_string(steps)));
  }
  std::vector<KeptIndices> kept;
  for (const int64_t extent : shape) kept.push_back({0, 1, extent});
  std::vector<bool> is_cut(shape.size());
  for (size_t i = 0; i < starts.size(); ++i) {
    const auto axis = static_cast<size_t>(axis_of(node, axes[i], shape.size()));
    if (is_cut[axis] || steps[i] == 0) {
      throw base::UserError(
          fmt::format("{}: axis {} {}", describe(node), axis, is_cut[axis] ? "is listed twice" : "has step 0"));
    }
    is_cut[axis] = true;
    kept[axis] = kept_indices(shape[axis], starts[i], ends[i], steps[i]);
  }
  return kept;
}

Shape slice_shape(const Operands& operands) {
  Shape shape;
  const std::array lists{operands.list(1), operands.list(2), operands.list(3), operands.list(4)};
  for (const KeptIndices& kept : slice_of(operands.node, lists, operands.shape(0))) shape.push_back(kept.count);
  return shape;
}

}  // namespace gerund::graph
