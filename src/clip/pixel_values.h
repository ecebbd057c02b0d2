// clip/pixel_values.h - what the bytes of pixels become as numbers of the network's input.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "clip/recipe.h"
#include "clip/resize.h"
#include "tensor/frame.h"

namespace gerund::clip {

enum class Destination {
  caches,
  memory,  ///< At once: for clips so large that what is written first has left the caches before all is.
};

/// v / 255, then (v - mean) / std per channel, in float32, step by step as the reference computes it. The processor's
/// vectors are used where they give the same bits for all 256 values.
///
/// Threads: any.
class PixelValues {
 public:
  /// `negates_u` (flow): motion to the right becomes motion to the left, level v becoming 256 - v, at most 255.
  explicit PixelValues(const Recipe& recipe, bool negates_u = false);

  /// Writes the part of the frame, which lies inside it, into a plane of numbers for each channel of the recipe, dense,
  /// mirrored with `flip`. `planes`: red, green, blue; or u, v and nothing.
  void write(const tensor::FrameView& frame, const Rectangle& part, bool flip, const std::array<float*, 3>& planes,
             Destination destination) const;

 private:
  std::array<std::array<float, 256>, 3> table_{};
  size_t num_channels_;
  std::array<float, 3> mean_{0, 0, 0};
  std::array<float, 3> std_{1, 1, 1};
  bool use_vectors_ = false;
};

}  // namespace gerund::clip
