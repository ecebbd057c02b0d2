// infer/winograd/matrices.h - the weight side of Winograd's algorithm; the other two transforms are in kernels_body.h.
#pragma once

#include <cstddef>
#include <vector>

#include "infer/winograd/kernels.h"

namespace gerund::infer {

/// How weights are transformed along one axis: transformed = matrix * kernel.
struct WeightTransform {
  std::vector<double> matrix;  ///< Row-major [num_rows, taps].
  int num_rows = 0;
  /// For each point of a tile the row of its weights. Points of one row lie side by side.
  std::vector<size_t> row_of_point;
};

/// For 4 points (0, 1, -1, infinity), 6 (2, -2 too), 8 (1/2, -1/2 too) or 9 (those of Note [Winograd convolution] in
/// infer/winograd/kernels.h) G of F(points + 1 - taps, taps), `taps` of 2 to 4: row i holds the powers of point p_i
/// over the product of its differences to the other finite points; infinity's is (0, ..., 0, 1). Derivation: Toom-Cook,
/// in Lavin & Gray 2015, section 3. For steps of 2 that of Note [Stride 2] there, 5 or 9 points, 3 taps.
WeightTransform weight_transform(const TileForm& form, int taps);

}  // namespace gerund::infer
