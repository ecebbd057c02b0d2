// flow/field.h - the motion between two pictures, pixel by pixel.
#pragma once

#include <cstddef>
#include <vector>

namespace gerund::flow {

/// Dense optical flow. Owns its values: a pixel at (x, y) of the first picture is found at (x + u, y + v) of the
/// second.
struct Field {
  int width = 0;
  int height = 0;
  std::vector<float> uv;  ///< float32 [height, width, 2], pixels: u to the right, v downwards.

  Field() = default;
  /// No motion.
  Field(int width_, int height_)
      : width(width_), height(height_), uv(static_cast<size_t>(width_) * static_cast<size_t>(height_) * 2) {}
};

/// Middlebury's mark of a pixel whose motion is not known: |u| or |v| above this.
constexpr float kUnknownFlow = 1e9F;

}  // namespace gerund::flow
