#include "infer/onednn/layout.h"

#include "base/error.h"
#include "infer/winograd/kernels.h"

namespace gerund::infer {

int64_t block_lanes() {
  return winograd_kernels().front()->lanes;
}

tensor::Shape five_axes(const tensor::Shape& shape) {
  if (shape.size() == 5) return shape;
  if (shape.size() != 4) throw base::InternalError("a tensor of rank 4 or 5 is wanted");
  return {shape[0], shape[1], 1, shape[2], shape[3]};
}

int64_t num_floats(const tensor::Shape& shape, Layout layout) {
  const int64_t elements = tensor::num_elements(shape), lanes = block_lanes();
  switch (layout) {
    case Layout::blocked:
      return elements / shape[1] * ((shape[1] + lanes - 1) / lanes * lanes);
    case Layout::bf16:
      return (elements + 1) / 2;
    case Layout::u8:
      return (elements + 3) / 4;
    case Layout::plain:
    case Layout::last:
      break;
  }
  return elements;
}

}  // namespace gerund::infer
