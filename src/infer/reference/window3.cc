#include "infer/reference/window3.h"

namespace gerund::infer {

Window3 window3(const graph::Node& node, const tensor::Shape& input, const graph::Ints& kernel) {
  const graph::SlidingWindow window = graph::sliding_window(node, input, kernel);
  Window3 result;
  const size_t missing = 3 - kernel.size();
  for (size_t axis = 0; axis < kernel.size(); ++axis) {
    result.input[axis + missing] = input[axis + 2];
    result.output[axis + missing] = window.output[axis];
    result.kernel[axis + missing] = window.kernel[axis];
    result.stride[axis + missing] = window.strides[axis];
    result.dilation[axis + missing] = window.dilations[axis];
    result.pad[axis + missing] = window.pads_begin[axis];
    result.pad_end[axis + missing] = window.pads_end[axis];
  }
  return result;
}

}  // namespace gerund::infer
