// graph/extents.h - how large a value of a graph may be, and arithmetic on axes that cannot overflow.
#pragma once

#include <cstdint>
#include <string>

#include "graph/attributes.h"
#include "tensor/tensor.h"

namespace gerund::graph {

inline constexpr size_t kMaxRank = 8;                      ///< Axes of a value.
inline constexpr int64_t kMaxElements = int64_t{1} << 34;  ///< Elements of a value: 64 GiB of float32.
inline constexpr int64_t kMaxWindow = int64_t{1} << 20;    ///< Kernel extent, stride, dilation and padding.

/// Number of elements of `shape`. Throws UserError beginning with `what` for a negative extent, for more than kMaxRank
/// axes or kMaxElements elements.
int64_t checked_elements(const tensor::Shape& shape, const std::string& what);

/// `axis` of [-rank, rank) as one of [0, rank). Throws UserError naming the node.
int64_t axis_of(const Node& node, int64_t axis, size_t rank);

/// The axes that a node lists, in an input of its own (`list`, newer opsets; nullptr: none) or in the attribute "axes"
/// (older ones); each in [0, rank), ascending. Empty where it lists none. Throws UserError naming the node for one that
/// is out of range or listed twice.
Ints axes_of(const Node& node, const tensor::Tensor* list, size_t rank);

}  // namespace gerund::graph
