// nets/x3d_layout.h - the blocks of X3D, from which its training network and its graph are built.
#pragma once

#include <string>
#include <vector>

#include "nets/architecture.h"

namespace gerund::nets {

/// An inverted bottleneck: 1x1x1, depthwise 3x3x3, squeeze-excitation where there is one, swish, 1x1x1; and a shortcut.
struct X3dBlock {
  int64_t stage;     ///< From 1; the stem is 0, the head 5.
  int64_t index;     ///< In its stage, from 0.
  int64_t in;        ///< Channels of its input.
  int64_t inner;     ///< Channels of the depthwise convolution.
  int64_t out;       ///< Channels of its output.
  int64_t stride;    ///< In height and width; time keeps its positions.
  int64_t squeezed;  ///< Channels inside the squeeze-excitation; 0: the block has none.

  /// As in pytorchvideo: "blocks.1.res_blocks.0".
  std::string name() const { return "blocks." + std::to_string(stage) + ".res_blocks." + std::to_string(index); }
  bool has_projection() const { return stride != 1 || in != out; }
  bool has_projection_norm() const { return in != out; }
};

/// Feichtenhofer, X3D (2020), table 3 (X3D-S), in the channels of pytorchvideo.
struct X3dLayout {
  int64_t stem;                  ///< Channels of the stem.
  std::vector<X3dBlock> blocks;  ///< In the order in which they run.
  int64_t head_inner;            ///< Channels before the mean over space and time.
  int64_t head_out;              ///< Channels behind it, which the last layer sees.
};

X3dLayout x3d_layout(const Architecture& architecture);

}  // namespace gerund::nets
