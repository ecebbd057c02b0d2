#include "nets/video_resnet_layout.h"

namespace gerund::nets {
namespace {

VideoKernel kernel_of(const Architecture& architecture, int64_t stage) {
  if (architecture.backbone == "r2plus1d_18") return VideoKernel::split;
  return architecture.backbone == "mc3_18" && stage > 1 ? VideoKernel::space : VideoKernel::whole;
}

// A split convolution has about as many weights as a whole one: Tran et al., section 3.5.
int64_t middle_channels(int64_t in, int64_t out) {
  return in * out * 27 / (in * 9 + out * 3);
}

}  // namespace

std::vector<VideoBlock> video_blocks(const Architecture& architecture) {
  const Backbone& backbone = backbone_of(architecture);
  std::vector<VideoBlock> blocks;
  int64_t channels = architecture.width;
  for (int64_t stage = 1; stage <= 4; ++stage) {
    const int64_t out = architecture.width << (stage - 1);
    for (int64_t index = 0; index < backbone.depths.at(static_cast<size_t>(stage - 1)); ++index) {
      const int64_t stride = index == 0 && stage > 1 ? 2 : 1;
      blocks.push_back(
          {stage, index, kernel_of(architecture, stage), channels, middle_channels(channels, out), out, stride});
      channels = out;
    }
  }
  return blocks;
}

int64_t stem_middle(const Architecture& architecture) {
  return architecture.backbone == "r2plus1d_18" ? scaled(architecture, 45) : 0;
}

}  // namespace gerund::nets
