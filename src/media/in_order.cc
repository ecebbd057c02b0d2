#include "media/in_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace gerund::media {

std::vector<tensor::Frame> read_in_order(std::span<const int64_t> indices, int64_t num_frames,
                                         const std::function<tensor::Frame(int64_t)>& read_one) {
  for (const int64_t index : indices)
    if (index < 0 || index >= num_frames)
      throw base::InternalError(fmt::format("frame {} was asked of a source with {} frames", index, num_frames));
  std::vector<size_t> order(indices.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return indices[a] < indices[b]; });
  std::vector<tensor::Frame> frames(indices.size());
  for (size_t k = 0; k < order.size(); ++k) {
    const bool repeats = k > 0 && indices[order[k]] == indices[order[k - 1]];
    frames[order[k]] = repeats ? frames[order[k - 1]] : read_one(indices[order[k]]);
  }
  return frames;
}

}  // namespace gerund::media
