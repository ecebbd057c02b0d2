#include "infer/reference/strides.h"

namespace gerund::infer {

Strides row_major_strides(const tensor::Shape& shape) {
  Strides strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

Strides broadcast_strides(const tensor::Shape& shape, const tensor::Shape& target) {
  const Strides own = row_major_strides(shape);
  Strides strides(target.size(), 0);
  for (size_t back = 1; back <= shape.size(); ++back) {
    if (shape[shape.size() - back] != 1) strides[strides.size() - back] = own[own.size() - back];
  }
  return strides;
}

}  // namespace gerund::infer
