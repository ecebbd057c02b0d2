// Matrix products.
#include <algorithm>

#include "base/workers.h"
#include "graph/attributes.h"
#include "infer/reference/kernels.h"
#include "infer/reference/strides.h"

namespace gerund::infer {
namespace {

using tensor::Shape;
using tensor::Tensor;

/// The transpose of a [rows, columns] matrix.
Tensor transposed(const Tensor& matrix) {
  const int64_t rows = matrix.dim(0);
  const int64_t columns = matrix.dim(1);
  Tensor result({columns, rows});
  const float* from = matrix.floats().data();
  float* to = result.floats().data();
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) to[c * rows + r] = from[r * columns + c];
  }
  return result;
}

/// One row of a product: out [columns] = a [depth] times b [depth, columns], summed in ascending order of depth.
void multiply_row(const float* a, const float* b, float* out, int64_t depth, int64_t columns) {
  std::fill_n(out, columns, 0.0F);
  for (int64_t k = 0; k < depth; ++k) {
    const float factor = a[k];
    const float* b_row = b + k * columns;
    for (int64_t c = 0; c < columns; ++c) out[c] += factor * b_row[c];
  }
}

}  // namespace

Tensor gemm(const KernelCall& call) {
  Tensor output(call.output_shape);
  const bool flip_a = graph::int_attribute(call.node, "transA", 0) != 0;
  const bool flip_b = graph::int_attribute(call.node, "transB", 0) != 0;
  const Tensor a = flip_a ? transposed(call.input(0)) : call.input(0);
  const Tensor b = flip_b ? transposed(call.input(1)) : call.input(1);
  const float alpha = graph::float_attribute(call.node, "alpha", 1.0F);
  const float beta = graph::float_attribute(call.node, "beta", 1.0F);
  float* to = output.floats().data();
  const int64_t columns = b.dim(1);
  base::parallel_for(a.dim(0), call.num_threads, [&](int64_t row) {
    multiply_row(a.floats().data() + row * a.dim(1), b.floats().data(), to + row * columns, a.dim(1), columns);
  });
  for (float& x : output.floats()) x *= alpha;
  const Tensor* c = call.optional_input(2);
  if (c == nullptr) return output;
  const Strides strides = broadcast_strides(c->shape(), call.output_shape);
  for_each_row(call.output_shape, strides, strides, [&](int64_t row, int64_t length, int64_t in_c, int64_t) {
    for (int64_t i = 0; i < length; ++i) to[row + i] += beta * c->floats().data()[in_c + i * strides.back()];
  });
  return output;
}

Tensor matmul(const KernelCall& call) {
  Shape a = call.input(0).shape();
  Shape b = call.input(1).shape();
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  const int64_t rows = a[a.size() - 2];
  const int64_t depth = a.back();
  const int64_t columns = b.back();
  // The stacks of matrices are broadcast to one another; each counts as one element of `stack`.
  const Shape a_stack(a.begin(), a.end() - 2);
  const Shape b_stack(b.begin(), b.end() - 2);
  const size_t used = (call.input(0).shape().size() > 1 ? 1U : 0U) + (call.input(1).shape().size() > 1 ? 1U : 0U);
  Shape stack(call.output_shape.begin(), call.output_shape.end() - static_cast<std::ptrdiff_t>(used));
  stack.push_back(1);  // for_each_row then visits one matrix at a time.
  Strides a_strides = broadcast_strides(a_stack, Shape(stack.begin(), stack.end() - 1));
  Strides b_strides = broadcast_strides(b_stack, Shape(stack.begin(), stack.end() - 1));

  Tensor output(call.output_shape);
  const float* from_a = call.input(0).floats().data();
  const float* from_b = call.input(1).floats().data();
  for_each_row(stack, a_strides, b_strides, [&](int64_t matrix, int64_t, int64_t in_a, int64_t in_b) {
    float* to = output.floats().data() + matrix * rows * columns;
    base::parallel_for(rows, call.num_threads, [&](int64_t row) {
      multiply_row(from_a + (in_a * rows + row) * depth, from_b + in_b * depth * columns, to + row * columns, depth,
                   columns);
    });
  });
  return output;
}

}  // namespace gerund::infer
