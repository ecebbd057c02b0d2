// nets/resnet_layout.h - the blocks of the resnets, from which training networks and graphs are built.
#pragma once

#include <string>
#include <vector>

#include "nets/architecture.h"

namespace gerund::nets {

/// A residual block. He et al., Deep Residual Learning (2015), figure 5; of bottlenecks, the 3x3 convolution strides.
struct ResNetBlock {
  int64_t stage;   ///< From 1.
  int64_t index;   ///< In its stage, from 0.
  int64_t in;      ///< Channels of its input.
  int64_t planes;  ///< Channels of its 3x3 convolutions.
  int64_t out;     ///< Channels of its output: planes, of bottlenecks four times as many.
  int64_t stride;  ///< In height and width; time keeps its positions.

  std::string name() const { return "layer" + std::to_string(stage) + "." + std::to_string(index); }
  /// Whether its shortcut is a 1x1 convolution with batch norm.
  bool has_projection() const { return stride != 1 || in != out; }
};

/// In the order in which they run.
std::vector<ResNetBlock> resnet_blocks(const Architecture& architecture);

}  // namespace gerund::nets
