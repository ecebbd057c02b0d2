// infer/reference/window3.h - the window of a convolution or pool, always with three axes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "graph/sliding_window.h"
#include "tensor/tensor.h"

namespace gerund::infer {

/// Depth, height, width; two-dimensional operators have depth 1. Tap k of output o lies at o * stride - pad + k *
/// dilation.
struct Window3 {
  using Axes = std::array<int64_t, 3>;
  Axes input{1, 1, 1};
  Axes output{1, 1, 1};
  Axes kernel{1, 1, 1};
  Axes stride{1, 1, 1};
  Axes dilation{1, 1, 1};
  Axes pad{0, 0, 0};
  Axes pad_end{0, 0, 0};
};

/// Indices [first, last).
struct Range {
  int64_t first = 0;
  int64_t last = 0;
};

/// `input` is [N, C, H, W] or [N, C, D, H, W].
Window3 window3(const graph::Node& node, const tensor::Shape& input, const graph::Ints& kernel);

/// The first i >= 0 with begin + i * step >= limit; step > 0.
inline int64_t first_reaching(int64_t begin, int64_t step, int64_t limit) {
  return begin >= limit ? 0 : (limit - begin + step - 1) / step;
}

/// The taps of output position `o` along `axis` that lie inside the input.
inline Range taps_inside(const Window3& window, size_t axis, int64_t o) {
  const int64_t begin = o * window.stride[axis] - window.pad[axis];
  const int64_t step = window.dilation[axis];
  return {first_reaching(begin, step, 0),
          std::min(window.kernel[axis], first_reaching(begin, step, window.input[axis]))};
}

}  // namespace gerund::infer
