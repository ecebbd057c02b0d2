// tensor/compare.h - how far two arrays are apart.
#pragma once

#include "tensor/tensor.h"

namespace gerund::tensor {

/// Difference of two float32 tensors of one shape.
struct Difference {
  double max_absolute = 0;  ///< max |a - b|; infinite where one is NaN and the other is not.
  double relative_l2 = 0;   ///< ||a - b|| / ||b||.
};
/// Throws InternalError where the shapes differ.
Difference compare(const Tensor& actual, const Tensor& expected);

}  // namespace gerund::tensor
