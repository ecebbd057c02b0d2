// infer/reference/block_product.h - the inner loop of convolution: a small matrix product that compilers vectorise.
#pragma once

#include <cstdint>

namespace gerund::infer {

inline constexpr int64_t kUnroll = 4;  ///< Rows and depths are handled in groups of this many.

/// A row-major matrix in memory that belongs to another.
template <typename T>
struct MatrixView {
  T* first;
  int64_t stride;  ///< Elements from one row to the next.

  T* row(int64_t index) const { return first + index * stride; }
};

/// Adds a [rows, depth] times b [depth, columns] to sums [rows, columns]; each element adds its products in ascending
/// order of depth. `b` must have rows up to a multiple of kUnroll, zero beyond `depth`; `sums` must have rows up to a
/// multiple of kUnroll, those beyond `rows` mean nothing. `sums` must not overlap `a` and `b`.
void add_product(MatrixView<const float> a, MatrixView<const float> b, MatrixView<float> sums, int64_t rows,
                 int64_t depth, int64_t columns);

}  // namespace gerund::infer
