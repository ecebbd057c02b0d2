#include "infer/reference/block_product.h"

#include <algorithm>

namespace gerund::infer {
namespace {

static_assert(kUnroll == 4, "add_sixteen is written out for 4");

/// Four rows of sums += weights [4, 4] times four rows of b. Written out, and with __restrict, so that the loop becomes
/// vector instructions of whatever width the machine has.
void add_sixteen(const float (&w)[4][4], MatrixView<const float> b, float* __restrict s0, float* __restrict s1,
                 float* __restrict s2, float* __restrict s3, int64_t columns) {
  const float* b0 = b.row(0);
  const float* b1 = b.row(1);
  const float* b2 = b.row(2);
  const float* b3 = b.row(3);
  for (int64_t c = 0; c < columns; ++c) {
    s0[c] = s0[c] + w[0][0] * b0[c] + w[0][1] * b1[c] + w[0][2] * b2[c] + w[0][3] * b3[c];
    s1[c] = s1[c] + w[1][0] * b0[c] + w[1][1] * b1[c] + w[1][2] * b2[c] + w[1][3] * b3[c];
    s2[c] = s2[c] + w[2][0] * b0[c] + w[2][1] * b1[c] + w[2][2] * b2[c] + w[2][3] * b3[c];
    s3[c] = s3[c] + w[3][0] * b0[c] + w[3][1] * b1[c] + w[3][2] * b2[c] + w[3][3] * b3[c];
  }
}

}  // namespace

void add_product(MatrixView<const float> a, MatrixView<const float> b, MatrixView<float> sums, int64_t rows,
                 int64_t depth, int64_t columns) {
  for (int64_t row = 0; row < rows; row += kUnroll) {
    for (int64_t k = 0; k < depth; k += kUnroll) {
      float weights[kUnroll][kUnroll] = {};
      for (int64_t r = 0; r < std::min(kUnroll, rows - row); ++r) {
        std::copy_n(a.row(row + r) + k, std::min(kUnroll, depth - k), weights[r]);
      }
      add_sixteen(weights, {b.row(k), b.stride}, sums.row(row), sums.row(row + 1), sums.row(row + 2), sums.row(row + 3),
                  columns);
    }
  }
}

}  // namespace gerund::infer
