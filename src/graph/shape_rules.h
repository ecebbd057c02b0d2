// graph/shape_rules.h - the shapes that operators make, one function per kind. The table is in graph/operators.cc.
#pragma once

#include <array>
#include <optional>

#include "graph/operators.h"

namespace gerund::graph {

tensor::Shape same_shape(const Operands& operands);
tensor::Shape clip_shape(const Operands& operands);
tensor::Shape broadcast_shape(const Operands& operands);
tensor::Shape batch_norm_shape(const Operands& operands);
tensor::Shape quantize_shape(const Operands& operands);
tensor::Shape conv_shape(const Operands& operands);
tensor::Shape pool_shape(const Operands& operands);
tensor::Shape global_pool_shape(const Operands& operands);
tensor::Shape reduce_shape(const Operands& operands);
tensor::Shape softmax_shape(const Operands& operands);
tensor::Shape gemm_shape(const Operands& operands);
tensor::Shape matmul_shape(const Operands& operands);
tensor::Shape concat_shape(const Operands& operands);
tensor::Shape flatten_shape(const Operands& operands);
tensor::Shape reshape_shape(const Operands& operands);
tensor::Shape squeeze_shape(const Operands& operands);
tensor::Shape unsqueeze_shape(const Operands& operands);
tensor::Shape transpose_shape(const Operands& operands);
tensor::Shape pad_shape(const Operands& operands);
tensor::Shape slice_shape(const Operands& operands);

/// The axis of `shape` that a QuantizeLinear or DequantizeLinear has one scale per index of; nullopt where one scale
/// serves all. Throws UserError naming the node where the scale fits neither.
std::optional<size_t> scale_axis(const Node& node, const tensor::Shape& shape, const tensor::Shape& scale);

/// What numpy's broadcasting makes of two shapes. Throws UserError naming the node and both.
tensor::Shape broadcast(const Node& node, const tensor::Shape& a, const tensor::Shape& b);

/// The axis before which softmax flattens its input in opsets below 13, and along which it runs from 13 on.
int64_t softmax_axis(const Node& node, int64_t opset, size_t rank);

/// The order of axes of a Transpose: perm, or all axes reversed. Throws UserError where it is no permutation.
std::vector<int64_t> transpose_order(const Node& node, size_t rank);

/// Where a Pad adds (or cuts, where negative): first all beginnings, then all ends. `list` is the input of newer
/// opsets, nullptr in older ones.
std::vector<int64_t> pads_of(const Node& node, const tensor::Tensor* list, size_t rank);

/// The indices that a Slice keeps of one axis: first, first + step, ... `count` of them, all inside the axis.
struct KeptIndices {
  int64_t first = 0;
  int64_t step = 1;  ///< Not 0; below 0 runs backwards.
  int64_t count = 0;
};

/// What a Slice keeps of each axis of `shape`. `lists`: starts, ends, axes and steps of newer opsets, nullptr for those
/// left out; older ones have attributes. Throws UserError naming the node.
std::vector<KeptIndices> slice_of(const Node& node, const std::array<const tensor::Tensor*, 4>& lists,
                                  const tensor::Shape& shape);

}  // namespace gerund::graph
