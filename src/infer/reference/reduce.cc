// Means and softmax. Sums run in double precision.
#include <algorithm>
#include <cmath>
#include <vector>

#include "graph/attributes.h"
#include "graph/extents.h"
#include "graph/shape_rules.h"
#include "infer/reference/kernels.h"
#include "infer/reference/strides.h"

namespace gerund::infer {

using tensor::Shape;
using tensor::Tensor;

Tensor global_average_pool(const KernelCall& call) {
  Tensor output(call.output_shape);
  const auto area = static_cast<size_t>(call.input(0).size() / output.size());
  for (size_t plane = 0; plane < static_cast<size_t>(output.size()); ++plane) {
    double sum = 0;
    for (const float x : call.input(0).floats().subspan(plane * area, area)) sum += x;
    output.floats()[plane] = static_cast<float>(sum / static_cast<double>(area));
  }
  return output;
}

Tensor reduce_mean(const KernelCall& call) {
  const Shape& shape = call.input(0).shape();
  const graph::Ints axes = graph::axes_of(call.node, call.optional_input(1), shape.size());
  if (axes.empty() && graph::int_attribute(call.node, "noop_with_empty_axes", 0) != 0) return call.input(0);
  Shape kept = shape;  // The output with every axis of the input, reduced ones of extent 1.
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (axes.empty() || std::ranges::binary_search(axes, static_cast<int64_t>(axis))) kept[axis] = 1;
  }
  std::vector<double> sums(static_cast<size_t>(tensor::num_elements(kept)));
  const Strides strides = broadcast_strides(kept, shape);
  const int64_t step = strides.empty() ? 0 : strides.back();
  const auto input = call.input(0).floats();
  for_each_row(shape, strides, strides, [&](int64_t row, int64_t length, int64_t in_sums, int64_t) {
    for (int64_t i = 0; i < length; ++i)
      sums[static_cast<size_t>(in_sums + i * step)] += input[static_cast<size_t>(row + i)];
  });
  Tensor output(call.output_shape);
  const auto count = static_cast<double>(call.input(0).size()) / static_cast<double>(sums.size());
  std::ranges::transform(sums, output.floats().begin(), [=](double sum) { return static_cast<float>(sum / count); });
  return output;
}

Tensor softmax(const KernelCall& call) {
  const Shape& shape = call.output_shape;
  const auto axis = graph::softmax_axis(call.node, call.opset, shape.size());
  // Opsets below 13 run over the flattened axes from `axis` on; later ones along `axis` alone.
  const auto end = call.opset < 13 ? static_cast<int64_t>(shape.size()) : axis + 1;
  const int64_t outer = tensor::num_elements(Shape(shape.begin(), shape.begin() + axis));
  const int64_t extent = tensor::num_elements(Shape(shape.begin() + axis, shape.begin() + end));
  const int64_t inner = tensor::num_elements(Shape(shape.begin() + end, shape.end()));
  Tensor output = call.input(0);
  for (int64_t i = 0; i < outer * inner; ++i) {
    float* x = output.floats().data() + i / inner * extent * inner + i % inner;
    float highest = x[0];
    for (int64_t k = 1; k < extent; ++k) highest = std::max(highest, x[k * inner]);
    double sum = 0;
    for (int64_t k = 0; k < extent; ++k) sum += std::exp(static_cast<double>(x[k * inner]) - highest);
    for (int64_t k = 0; k < extent; ++k) {
      x[k * inner] = static_cast<float>(std::exp(static_cast<double>(x[k * inner]) - highest) / sum);
    }
  }
  return output;
}

}  // namespace gerund::infer
