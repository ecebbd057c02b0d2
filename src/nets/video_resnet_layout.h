// nets/video_resnet_layout.h - the blocks of torchvision's video ResNets, from which training networks and graphs are
// built.
#pragma once

#include <string>
#include <vector>

#include "nets/architecture.h"

namespace gerund::nets {

/// What a convolution of a block spans. Tran et al., A Closer Look at Spatiotemporal Convolutions (2018).
enum class VideoKernel {
  whole,  ///< 3x3x3, strides in time as well.
  space,  ///< 1x3x3, does not stride in time.
  split,  ///< 1x3x3, batch norm, ReLU, 3x1x1, strides in time as well: (2+1)D.
};

/// A residual block of two such convolutions.
struct VideoBlock {
  int64_t stage;  ///< From 1.
  int64_t index;  ///< In its stage, from 0.
  VideoKernel kernel;
  int64_t in;      ///< Channels of its input.
  int64_t middle;  ///< Channels between the two parts of a split convolution.
  int64_t out;     ///< Channels of its output.
  int64_t stride;

  std::string name() const { return "layer" + std::to_string(stage) + "." + std::to_string(index); }
  int64_t time_stride() const { return kernel == VideoKernel::space ? 1 : stride; }
  /// Whether its shortcut is a 1x1x1 convolution with batch norm.
  bool has_projection() const { return stride != 1 || in != out; }
};

/// In the order in which they run.
std::vector<VideoBlock> video_blocks(const Architecture& architecture);

/// Channels between the two parts of the stem where it is split, as r2plus1d_18's is; else 0.
int64_t stem_middle(const Architecture& architecture);

}  // namespace gerund::nets
