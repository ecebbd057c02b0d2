// Operators on one element at a time, and on pairs of broadcast elements.
#include <algorithm>
#include <cmath>
#include <limits>

#include "graph/attributes.h"
#include "infer/reference/kernels.h"
#include "infer/reference/strides.h"

namespace gerund::infer {
namespace {

using tensor::Tensor;

template <typename Function>
Tensor map_elements(const KernelCall& call, Function function) {
  Tensor output(call.output_shape);
  const auto input = call.input(0).floats();
  std::transform(input.begin(), input.end(), output.floats().begin(), function);
  return output;
}

template <typename Function>
Tensor map_pairs(const KernelCall& call, Function function) {
  Tensor output(call.output_shape);
  const float* a = call.input(0).floats().data();
  const float* b = call.input(1).floats().data();
  float* to = output.floats().data();
  if (call.input(0).shape() == call.input(1).shape()) {
    std::transform(a, a + output.size(), b, to, function);
    return output;
  }
  const Strides a_strides = broadcast_strides(call.input(0).shape(), call.output_shape);
  const Strides b_strides = broadcast_strides(call.input(1).shape(), call.output_shape);
  for_each_row(call.output_shape, a_strides, b_strides, [&](int64_t row, int64_t length, int64_t in_a, int64_t in_b) {
    const int64_t a_step = a_strides.back();
    const int64_t b_step = b_strides.back();
    for (int64_t i = 0; i < length; ++i) to[row + i] = function(a[in_a + i * a_step], b[in_b + i * b_step]);
  });
  return output;
}

float bound(const KernelCall& call, size_t input, const char* attribute, float fallback) {
  if (const Tensor* given = call.optional_input(input)) return given->floats()[0];
  return graph::float_attribute(call.node, attribute, fallback);
}

}  // namespace

Tensor add(const KernelCall& call) {
  return map_pairs(call, [](float a, float b) { return a + b; });
}

Tensor subtract(const KernelCall& call) {
  return map_pairs(call, [](float a, float b) { return a - b; });
}

Tensor multiply(const KernelCall& call) {
  return map_pairs(call, [](float a, float b) { return a * b; });
}

Tensor divide(const KernelCall& call) {
  return map_pairs(call, [](float a, float b) { return a / b; });
}

Tensor relu(const KernelCall& call) {
  return map_elements(call, [](float x) { return x < 0.0F ? 0.0F : x; });  // NaN stays NaN.
}

Tensor sigmoid(const KernelCall& call) {
  return map_elements(call, [](float x) { return 1.0F / (1.0F + std::exp(-x)); });
}

Tensor hard_sigmoid(const KernelCall& call) {
  const float slope = graph::float_attribute(call.node, "alpha", 0.2F);
  const float offset = graph::float_attribute(call.node, "beta", 0.5F);
  return map_elements(call, [=](float x) { return std::clamp(slope * x + offset, 0.0F, 1.0F); });
}

Tensor hard_swish(const KernelCall& call) {
  return map_elements(call, [](float x) { return x * std::clamp(x / 6.0F + 0.5F, 0.0F, 1.0F); });
}

Tensor clip(const KernelCall& call) {
  const float low = bound(call, 1, "min", std::numeric_limits<float>::lowest());
  const float high = bound(call, 2, "max", std::numeric_limits<float>::max());
  return map_elements(call, [=](float x) { return std::min(std::max(x, low), high); });
}

Tensor batch_norm(const KernelCall& call) {
  Tensor output(call.output_shape);
  const auto channels = static_cast<size_t>(call.output_shape[1]);
  const size_t images = static_cast<size_t>(call.output_shape[0]);
  const size_t area = static_cast<size_t>(output.size()) / (images * channels);
  const double epsilon = graph::float_attribute(call.node, "epsilon", 1e-5F);
  for (size_t plane = 0; plane < images * channels; ++plane) {
    const size_t c = plane % channels;
    const double variance = call.input(4).floats()[c];
    const auto factor = static_cast<float>(call.input(1).floats()[c] / std::sqrt(variance + epsilon));
    const float shift = call.input(2).floats()[c];
    const float mean = call.input(3).floats()[c];
    const auto from = call.input(0).floats().subspan(plane * area, area);
    std::transform(from.begin(), from.end(), output.floats().subspan(plane * area, area).begin(),
                   [=](float x) { return (x - mean) * factor + shift; });
  }
  return output;
}

}  // namespace gerund::infer
