#include "graph/extents.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace gerund::graph {

int64_t checked_elements(const tensor::Shape& shape, const std::string& what) {
  if (shape.size() > kMaxRank) {
    throw base::UserError(fmt::format("{} has {} axes; at most {} are supported", what, shape.size(), kMaxRank));
  }
  int64_t product = 1;
  for (const int64_t extent : shape) {
    if (extent < 0) {
      throw base::UserError(fmt::format("{} has shape {}; no extent may be negative", what, tensor::to_string(shape)));
    }
    if (extent > 0 && product > kMaxElements / extent) {
      throw base::UserError(fmt::format("{} has shape {}; at most {} elements are supported", what,
                                        tensor::to_string(shape), kMaxElements));
    }
    product *= extent;
  }
  return product;
}

int64_t axis_of(const Node& node, int64_t axis, size_t rank) {
  const auto extent = static_cast<int64_t>(rank);
  if (axis < -extent || axis >= extent) {
    throw base::UserError(
        fmt::format("{}: axis {} is not in [{}, {}), the axes of its input", describe(node), axis, -extent, extent));
  }
  return axis < 0 ? axis + extent : axis;
}

Ints axes_of(const Node& node, const tensor::Tensor* list, size_t rank) {
  Ints axes = list == nullptr ? ints_attribute(node, "axes", {}) : Ints(list->ints().begin(), list->ints().end());
  for (int64_t& axis : axes) axis = axis_of(node, axis, rank);
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
    throw base::UserError(fmt::format("{}: an axis is listed twice in {}", describe(node), tensor::to_string(axes)));
  }
  return axes;
}

}  // namespace gerund::graph
