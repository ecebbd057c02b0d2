// Maximum and average over a sliding window.
#include <algorithm>
#include <limits>

#include "base/workers.h"
#include "graph/attributes.h"
#include "infer/reference/kernels.h"
#include "infer/reference/window3.h"

namespace gerund::infer {
namespace {

using tensor::Tensor;

/// The taps of one output element that lie inside the input, along each axis.
using Taps = std::array<Range, 3>;

/// Calls visit(x) for every input element of `plane` that a window covers.
template <typename Visit>
void for_each_tap(const Window3& w, const float* plane, const Window3::Axes& o, const Taps& taps, const Visit& visit) {
  const auto position = [&](size_t axis, int64_t tap) {
    return o[axis] * w.stride[axis] - w.pad[axis] + tap * w.dilation[axis];
  };
  for (int64_t kd = taps[0].first; kd < taps[0].last; ++kd) {
    for (int64_t kh = taps[1].first; kh < taps[1].last; ++kh) {
      const float* row = plane + (position(0, kd) * w.input[1] + position(1, kh)) * w.input[2];
      for (int64_t kw = taps[2].first; kw < taps[2].last; ++kw) visit(row[position(2, kw)]);
    }
  }
}

/// Sets every output element to reduce(plane, o, taps), planes (images times channels) spread over threads.
template <typename Reduce>
Tensor pool(const KernelCall& call, const Window3& w, const Reduce& reduce) {
  Tensor output(call.output_shape);
  const float* input = call.input(0).floats().data();
  float* to = output.floats().data();
  const int64_t in_area = w.input[0] * w.input[1] * w.input[2];
  const int64_t out_area = w.output[0] * w.output[1] * w.output[2];
  base::parallel_for(call.output_shape[0] * call.output_shape[1], call.num_threads, [&](int64_t plane) {
    const float* from = input + plane * in_area;
    float* result = to + plane * out_area;
    for (int64_t d = 0; d < w.output[0]; ++d) {
      for (int64_t h = 0; h < w.output[1]; ++h) {
        for (int64_t x = 0; x < w.output[2]; ++x) {
          *result++ = reduce(from, {d, h, x}, Taps{taps_inside(w, 0, d), taps_inside(w, 1, h), taps_inside(w, 2, x)});
        }
      }
    }
  });
  return output;
}

int64_t num_taps(const Taps& taps) {
  int64_t count = 1;
  for (const Range& range : taps) count *= std::max<int64_t>(0, range.last - range.first);
  return count;
}

/// Taps inside the input or its padding; a window of ceil_mode may reach beyond both.
int64_t num_taps_with_padding(const Window3& w, const Window3::Axes& o) {
  int64_t count = 1;
  for (size_t axis = 0; axis < 3; ++axis) {
    const int64_t begin = o[axis] * w.stride[axis] - w.pad[axis];
    const int64_t limit = w.input[axis] + w.pad_end[axis];
    count *= std::min(w.kernel[axis], first_reaching(begin, w.dilation[axis], limit));
  }
  return count;
}

Window3 window_of(const KernelCall& call) {
  return window3(call.node, call.input(0).shape(), graph::ints_attribute(call.node, "kernel_shape", {}));
}

}  // namespace

Tensor max_pool(const KernelCall& call) {
  const Window3 w = window_of(call);
  return pool(call, w, [&](const float* plane, const Window3::Axes& o, const Taps& taps) {
    float highest = std::numeric_limits<float>::lowest();
    for_each_tap(w, plane, o, taps, [&](float x) { highest = x > highest ? x : highest; });
    return highest;
  });
}

Tensor average_pool(const KernelCall& call) {
  const Window3 w = window_of(call);
  const bool count_padding = graph::int_attribute(call.node, "count_include_pad", 0) != 0;
  return pool(call, w, [&](const float* plane, const Window3::Axes& o, const Taps& taps) {
    double sum = 0;
    for_each_tap(w, plane, o, taps, [&](float x) { sum += x; });
    const int64_t count = count_padding ? num_taps_with_padding(w, o) : num_taps(taps);
    return count > 0 ? static_cast<float>(sum / static_cast<double>(count)) : 0.0F;
  });
}

}  // namespace gerund::infer
