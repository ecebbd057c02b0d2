#include "infer/reference/block_product.h"

#include <algorithm>

namespace gerund::infer {
namespace {

constexpr int64_t kTileRows = 4;

/// Rows times kTileColumns sums that the compiler keeps in registers.
template <int64_t Rows>
void add_tile(MatrixView a, MatrixView b, float* out, int64_t out_stride, int64_t depth, int64_t columns) {
  float sums[Rows][kTileColumns] = {};
  for (int64_t k = 0; k < depth; ++k) {
    const float* b_row = b.first + k * b.stride;
    for (int64_t r = 0; r < Rows; ++r) {
      const float weight = a.first[r * a.stride + k];
      for (int64_t c = 0; c < kTileColumns; ++c) sums[r][c] += weight * b_row[c];
    }
  }
  for (int64_t r = 0; r < Rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) out[r * out_stride + c] += sums[r][c];
  }
}

}  // namespace

void add_product(MatrixView a, MatrixView b, float* out, int64_t out_stride, int64_t rows, int64_t depth,
                 int64_t columns) {
  for (int64_t c = 0; c < columns; c += kTileColumns) {
    const int64_t width = std::min(kTileColumns, columns - c);
    const MatrixView b_tile{b.first + c, b.stride};
    int64_t r = 0;
    for (; r + kTileRows <= rows; r += kTileRows) {
      add_tile<kTileRows>({a.first + r * a.stride, a.stride}, b_tile, out + r * out_stride + c, out_stride, depth,
                          width);
    }
    for (; r < rows; ++r) {
      add_tile<1>({a.first + r * a.stride, a.stride}, b_tile, out + r * out_stride + c, out_stride, depth, width);
    }
  }
}

}  // namespace gerund::infer
