#include "serve/region.h"

#include <algorithm>
#include <cstdint>

namespace gerund::serve {
namespace {

struct Span {
  int start = 0;
  int extent = 0;
};

Span clamp_span(int start, int extent, int limit) {
  const int64_t stop = std::clamp<int64_t>(static_cast<int64_t>(start) + extent, 0, limit);
  const int64_t first = std::clamp<int64_t>(start, 0, limit);
  return {static_cast<int>(first), static_cast<int>(std::max<int64_t>(0, stop - first))};
}

}  // namespace

clip::Rectangle clamp_to_frame(const clip::Rectangle& box, int width, int height) {
  const Span x = clamp_span(box.x, box.width, width);
  const Span y = clamp_span(box.y, box.height, height);
  return {x.start, y.start, x.extent, y.extent};
}

}  // namespace gerund::serve
