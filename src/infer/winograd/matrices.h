// infer/winograd/matrices.h - the weight side of Winograd's algorithm; the other two transforms are in kernels_body.h.
#pragma once

#include <vector>

namespace gerund::infer {

/// G of F(points + 1 - taps, taps), row-major [points, taps], for 4 points (0, 1, -1, infinity) or 6 (0, 1, -1, 2, -2,
/// infinity): transformed = G * kernel. Row i holds the powers of point p_i over the product of its differences to the
/// other finite points; infinity's row is (0, ..., 0, 1). Derivation: Toom-Cook, in Lavin & Gray 2015, section 3.
std::vector<double> weight_transform(int points, int taps);

}  // namespace gerund::infer
