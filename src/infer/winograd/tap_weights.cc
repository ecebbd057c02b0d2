#include "infer/winograd/tap_weights.h"

#include <algorithm>
#include <vector>

#include "infer/parallel.h"
#include "infer/winograd/rounding.h"

namespace gerund::infer {

/// Item: some input channels of a panel. They are turned in the cache first: weights lie tap after tap in the file, and
/// channels times taps apart where they go, which no cache has ways enough for.
void pack_taps(const WinogradKernels& kernels, const ConvShape& shape, int64_t depth, std::span<const int64_t> order,
               int num_threads, const float* weights, float* packed) {
  const auto num_places = static_cast<int64_t>(order.size());
  const int64_t num_taps = shape.kernel[0] * shape.kernel[1] * shape.kernel[2];
  const int64_t lanes = kernels.panel_columns, num_panels = divide_up(shape.out_channels, lanes);
  const int64_t step = std::max<int64_t>(kernels.depth_multiple, 16), num_steps = divide_up(depth, step);
  std::vector<std::vector<float>> turned_of(static_cast<size_t>(num_threads));  // [channels, taps, lanes] each.
  for (std::vector<float>& one : turned_of) one.resize(static_cast<size_t>(step * num_taps * lanes));
  on_items(num_panels * num_steps, num_threads, [&](int64_t item, int thread) {
    const int64_t panel = item / num_steps, first = item % num_steps * step, last = std::min(first + step, depth);
    const int64_t outputs = std::min(lanes, shape.out_channels - panel * lanes);
    const int64_t given = (std::min(last, shape.in_channels) - first) * num_taps;
    std::vector<float>& turned = turned_of[static_cast<size_t>(thread)];
    std::fill(turned.begin(), turned.end(), 0.0F);
    for (int64_t lane = 0; lane < outputs; ++lane) {
      const float* from = weights + ((panel * lanes + lane) * shape.in_channels + first) * num_taps;
      for (int64_t i = 0; i < given; ++i) turned[static_cast<size_t>(i * lanes + lane)] = from[i];
    }
    for (int64_t place = 0; place < num_places; ++place) {
      const int64_t tap = order[static_cast<size_t>(place)];
      float* to = packed + ((panel * num_places + place) * depth + first) * lanes;
      for (int64_t d = 0; d < last - first; ++d)
        std::copy_n(turned.data() + (d * num_taps + tap) * lanes, lanes, to + d * lanes);
      if (kernels.finish_weights == nullptr) continue;
      for (int64_t d = 0; d < last - first; d += kernels.depth_multiple) kernels.finish_weights(to + d * lanes);
    }
  });
}

}  // namespace gerund::infer
