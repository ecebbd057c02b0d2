#include "nets/resnet_layout.h"

namespace gerund::nets {

std::vector<ResNetBlock> resnet_blocks(const Architecture& architecture) {
  const Backbone& backbone = backbone_of(architecture);
  const int64_t expansion = backbone.bottleneck ? 4 : 1;
  std::vector<ResNetBlock> blocks;
  int64_t channels = architecture.width;
  for (int64_t stage = 1; stage <= 4; ++stage) {
    const int64_t planes = architecture.width << (stage - 1);
    for (int64_t index = 0; index < backbone.depths.at(static_cast<size_t>(stage - 1)); ++index) {
      const int64_t stride = index == 0 && stage > 1 ? 2 : 1;
      blocks.push_back({stage, index, channels, planes, planes * expansion, stride});
      channels = planes * expansion;
    }
  }
  return blocks;
}

}  // namespace gerund::nets
