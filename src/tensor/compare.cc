#include "tensor/compare.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace gerund::tensor {

Difference compare(const Tensor& actual, const Tensor& expected) {
  if (actual.shape() != expected.shape()) {
    throw base::InternalError("compared shapes differ: " + to_string(actual.shape()) + " and " +
                              to_string(expected.shape()));
  }
  Difference difference;
  double squared_error = 0;
  double squared_norm = 0;
  for (size_t i = 0; i < actual.floats().size(); ++i) {
    const double a = actual.floats()[i];
    const double b = expected.floats()[i];
    if (std::isnan(a) && std::isnan(b)) continue;
    const double error = std::isnan(a - b) ? std::numeric_limits<double>::infinity() : std::abs(a - b);
    difference.max_absolute = std::max(difference.max_absolute, error);
    squared_error += error * error;
    squared_norm += b * b;
  }
  difference.relative_l2 = squared_norm > 0 ? std::sqrt(squared_error / squared_norm) : std::sqrt(squared_error);
  return difference;
}

}  // namespace gerund::tensor
