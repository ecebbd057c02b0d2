// Operators that move elements without calculating.
#include <algorithm>
#include <array>

#include "graph/attributes.h"
#include "graph/extents.h"
#include "graph/shape_rules.h"
#include "infer/reference/kernels.h"
#include "infer/reference/strides.h"

namespace gerund::infer {

using tensor::Shape;
using tensor::Tensor;

Tensor keep_elements(const KernelCall& call) {
  return call.input(0).reshaped(call.output_shape);
}

Tensor concat(const KernelCall& call) {
  Tensor output(call.output_shape);
  const int64_t axis = graph::axis_of(call.node, graph::int_attribute(call.node, "axis", 1), call.output_shape.size());
  const auto inner_begin = call.output_shape.begin() + axis;
  const int64_t outer = tensor::num_elements(Shape(call.output_shape.begin(), inner_begin));
  const int64_t inner = tensor::num_elements(Shape(inner_begin, call.output_shape.end()));
  int64_t offset = 0;
  for (const Tensor* input : call.inputs) {
    const int64_t part = input->size() / outer;
    const float* from = input->floats().data();
    float* to = output.floats().data() + offset;
    for (int64_t i = 0; i < outer; ++i) std::copy_n(from + i * part, part, to + i * inner);
    offset += part;
  }
  return output;
}

Tensor transpose(const KernelCall& call) {
  Tensor output(call.output_shape);
  const Shape& shape = call.input(0).shape();
  const Strides own = row_major_strides(shape);
  Strides strides;
  for (const int64_t axis : graph::transpose_order(call.node, shape.size())) {
    strides.push_back(own[static_cast<size_t>(axis)]);
  }
  const float* from = call.input(0).floats().data();
  float* to = output.floats().data();
  const int64_t step = strides.empty() ? 1 : strides.back();
  for_each_row(call.output_shape, strides, strides, [&](int64_t row, int64_t length, int64_t in, int64_t) {
    for (int64_t i = 0; i < length; ++i) to[row + i] = from[in + i * step];
  });
  return output;
}

Tensor slice(const KernelCall& call) {
  Tensor output(call.output_shape);
  const Shape& shape = call.input(0).shape();
  Strides strides = row_major_strides(shape);
  int64_t begin = 0;
  const std::array lists{call.optional_input(1), call.optional_input(2), call.optional_input(3),
                         call.optional_input(4)};
  const std::vector<graph::KeptIndices> kept = graph::slice_of(call.node, lists, shape);
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    begin += kept[axis].first * strides[axis];
    strides[axis] *= kept[axis].step;
  }
  const float* from = call.input(0).floats().data() + begin;
  float* to = output.floats().data();
  const int64_t step = strides.empty() ? 1 : strides.back();
  for_each_row(call.output_shape, strides, strides, [&](int64_t row, int64_t length, int64_t in, int64_t) {
    for (int64_t i = 0; i < length; ++i) to[row + i] = from[in + i * step];
  });
  return output;
}

Tensor pad(const KernelCall& call) {
  const Shape& shape = call.input(0).shape();
  const graph::Ints pads = graph::pads_of(call.node, call.optional_input(1), shape.size());
  const Tensor* value = call.optional_input(2);
  Tensor output(call.output_shape);
  std::ranges::fill(output.floats(), value ? value->floats()[0] : graph::float_attribute(call.node, "value", 0.0F));
  // The part of the input that survives (a negative pad cuts), and where it begins on both sides.
  Shape kept = shape;
  const Strides from_strides = row_major_strides(shape);
  const Strides to_strides = row_major_strides(call.output_shape);
  int64_t from_begin = 0;
  int64_t to_begin = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const int64_t before = pads[axis];
    const int64_t after = pads[axis + shape.size()];
    kept[axis] += std::min<int64_t>(before, 0) + std::min<int64_t>(after, 0);
    if (kept[axis] <= 0) return output;
    from_begin += std::max<int64_t>(-before, 0) * from_strides[axis];
    to_begin += std::max<int64_t>(before, 0) * to_strides[axis];
  }
  const float* from = call.input(0).floats().data() + from_begin;
  float* to = output.floats().data() + to_begin;
  for_each_row(kept, from_strides, to_strides,
               [&](int64_t, int64_t length, int64_t in, int64_t out) { std::copy_n(from + in, length, to + out); });
  return output;
}

}  // namespace gerund::infer
