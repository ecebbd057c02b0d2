// QuantizeLinear and DequantizeLinear: between float32 and whole numbers of 8 bits.
#include <algorithm>
#include <cmath>

#include "graph/shape_rules.h"
#include "infer/reference/kernels.h"

namespace gerund::infer {
namespace {

using tensor::DType;
using tensor::Tensor;

/// Element `index` as a number, whatever its type.
float number_at(const Tensor& tensor, size_t index) {
  switch (tensor.dtype()) {
    case DType::u8:
      return static_cast<float>(tensor.bytes_u8()[index]);
    case DType::i8:
      return static_cast<float>(tensor.bytes_i8()[index]);
    case DType::i32:
      return static_cast<float>(tensor.ints_i32()[index]);
    default:
      return tensor.floats()[index];
  }
}

/// output[i] = convert(input[i], scale, zero point), with the scale and zero point of the axis or of all.
template <typename Convert>
Tensor convert_all(const KernelCall& call, Convert convert) {
  const Tensor& input = call.input(0);
  const Tensor& scale = call.input(1);
  const Tensor* zero = call.optional_input(2);
  const std::optional<size_t> axis = graph::scale_axis(call.node, input.shape(), scale.shape());
  size_t inner = 1;
  for (size_t i = axis ? *axis + 1 : input.shape().size(); i < input.shape().size(); ++i)
    inner *= static_cast<size_t>(input.shape()[i]);
  const size_t count = axis ? static_cast<size_t>(input.shape()[*axis]) : 1;
  Tensor output(call.output_shape);
  for (size_t i = 0; i < output.floats().size(); ++i) {
    const size_t index = axis ? i / inner % count : 0;
    output.floats()[i] =
        convert(number_at(input, i), scale.floats()[index], zero == nullptr ? 0.0F : number_at(*zero, index));
  }
  return output;
}

}  // namespace

Tensor quantize(const KernelCall& call) {
  const Tensor* zero = call.optional_input(2);
  const bool is_signed = zero != nullptr && zero->dtype() == DType::i8;
  const float low = is_signed ? -128 : 0, high = is_signed ? 127 : 255;
  // Ties to the even neighbour, as ONNX has it.
  return convert_all(call, [=](float x, float scale, float offset) {
    return std::clamp(std::nearbyint(x / scale) + offset, low, high);
  });
}

Tensor dequantize(const KernelCall& call) {
  return convert_all(call, [](float x, float scale, float offset) { return (x - offset) * scale; });
}

}  // namespace gerund::infer
