#include "nets/x3d_layout.h"

#include <algorithm>

namespace gerund::nets {
namespace {

constexpr int64_t kStemChannels = 24;
constexpr int64_t kHeadChannels = 2048;

/// 2.25 times as many.
int64_t inner_channels(int64_t out) {
  return out * 9 / 4;
}

/// A sixteenth, rounded to a multiple of 8 that is at least 8 and at least nine tenths of it.
int64_t squeezed_channels(int64_t inner) {
  const double wanted = static_cast<double>(inner) / 16;
  const int64_t nearest = std::max<int64_t>(8, static_cast<int64_t>(wanted + 4) / 8 * 8);
  return static_cast<double>(nearest) < 0.9 * wanted ? nearest + 8 : nearest;
}

}  // namespace

X3dLayout x3d_layout(const Architecture& architecture) {
  const Backbone& backbone = backbone_of(architecture);
  X3dLayout layout;
  layout.stem = scaled(architecture, kStemChannels);
  int64_t channels = layout.stem;
  for (int64_t stage = 1; stage <= 4; ++stage) {
    const int64_t out = scaled(architecture, kStemChannels << (stage - 1));
    const int64_t inner = inner_channels(out);
    for (int64_t index = 0; index < backbone.depths.at(static_cast<size_t>(stage - 1)); ++index) {
      const int64_t squeezed = index % 2 == 0 ? squeezed_channels(inner) : 0;
      layout.blocks.push_back({stage, index, channels, inner, out, index == 0 ? 2 : 1, squeezed});
      channels = out;
    }
  }
  layout.head_inner = inner_channels(channels);
  layout.head_out = scaled(architecture, kHeadChannels);
  return layout;
}

}  // namespace gerund::nets
