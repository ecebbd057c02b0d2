// infer/reference/block_product.h - the inner loop of convolution: a small matrix product that compilers vectorise.
#pragma once

#include <cstdint>

namespace gerund::infer {

inline constexpr int64_t kTileColumns = 8;  ///< Columns are handled in groups of this many.

/// A row-major matrix in memory that belongs to another.
struct MatrixView {
  const float* first;
  int64_t stride;  ///< Elements from one row to the next.
};

/// Adds a [rows, depth] times b [depth, columns] to out [rows, columns]. `b` must be readable up to a multiple of
/// kTileColumns columns. Each element is one sum over depth in ascending order, then one addition to `out`.
void add_product(MatrixView a, MatrixView b, float* out, int64_t out_stride, int64_t rows, int64_t depth,
                 int64_t columns);

}  // namespace gerund::infer
