// infer/reference/strides.h - steps through arrays of any rank.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace gerund::infer {

using Strides = std::vector<int64_t>;  ///< Elements from one index of an axis to the next.

/// Of a row-major array.
Strides row_major_strides(const tensor::Shape& shape);

/// Of an array of `shape` read as if it had the shape `target`, which it can be broadcast to (numpy's rules): 0 along
/// an axis that repeats it.
Strides broadcast_strides(const tensor::Shape& shape, const tensor::Shape& target);

/// Calls visit(first, length, in_a, in_b) for every row (last axis) of a row-major array of `shape`: the index of the
/// row's first element in that array and in two others that are read with the given strides. A scalar is one row.
template <typename Visit>
void for_each_row(const tensor::Shape& shape, const Strides& a, const Strides& b, const Visit& visit) {
  const size_t outer = shape.empty() ? 0 : shape.size() - 1;
  const int64_t length = shape.empty() ? 1 : shape.back();
  const int64_t elements = tensor::num_elements(shape);
  tensor::Shape index(outer, 0);
  int64_t in_a = 0;
  int64_t in_b = 0;
  for (int64_t first = 0; first < elements; first += length) {
    visit(first, length, in_a, in_b);
    for (size_t axis = outer; axis-- > 0;) {
      in_a += a[axis];
      in_b += b[axis];
      if (++index[axis] < shape[axis]) break;
      in_a -= a[axis] * shape[axis];
      in_b -= b[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace gerund::infer
