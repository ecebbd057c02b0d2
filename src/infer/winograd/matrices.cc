#include "infer/winograd/matrices.h"

#include <array>
#include <cstddef>

namespace gerund::infer {

std::vector<double> weight_transform(int points, int taps) {
  constexpr std::array kFinite{0.0, 1.0, -1.0, 2.0, -2.0};
  const size_t num_finite = static_cast<size_t>(points) - 1;
  std::vector<double> matrix;
  for (size_t i = 0; i < num_finite; ++i) {
    double differences = 1;
    for (size_t j = 0; j < num_finite; ++j) differences *= i == j ? 1 : kFinite.at(i) - kFinite.at(j);
    double power = 1;
    for (int tap = 0; tap < taps; ++tap) {
      matrix.push_back(power / differences);
      power *= kFinite.at(i);
    }
  }
  for (int tap = 0; tap < taps; ++tap) matrix.push_back(tap == taps - 1 ? 1 : 0);
  return matrix;
}

}  // namespace gerund::infer
