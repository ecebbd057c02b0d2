// synth/camera.h - a pinhole camera in the scene.
#pragma once

#include "synth/vec3.h"

namespace gerund::synth {

/// A point in the picture: pixels from its top left corner, and metres in front of the camera.
struct Projected {
  double u = 0, v = 0, depth = 0;
};

struct Camera {
  Vec3 position;
  Vec3 right{1, 0, 0}, down{0, 0, -1}, ahead{0, 1, 0};  ///< Orthonormal.
  double focal = 100;                                   ///< Pixels.
  double center_u = 80, center_v = 60;                  ///< Pixels.

  Projected project(Vec3 point) const {
    const Vec3 from = point - position;
    const double depth = dot(from, ahead), safe = std::max(depth, 1e-3);
    return {center_u + focal * dot(from, right) / safe, center_v + focal * dot(from, down) / safe, depth};
  }
  /// The direction seen at a pixel; not of length one.
  Vec3 ray(double u, double v) const { return ahead * focal + right * (u - center_u) + down * (v - center_v); }
};

/// A camera at `position` that looks at `target`, tilted by `roll` radians.
inline Camera look_at(Vec3 position, Vec3 target, double roll) {
  Camera camera;
  camera.position = position;
  camera.ahead = unit(target - position);
  const Vec3 level = unit(cross(camera.ahead, Vec3{0, 0, 1})), plumb = cross(camera.ahead, level);
  camera.right = level * std::cos(roll) + plumb * std::sin(roll);
  camera.down = plumb * std::cos(roll) - level * std::sin(roll);
  return camera;
}

}  // namespace gerund::synth
