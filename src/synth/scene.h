// synth/scene.h - one person with a script, the things and people around, the light and the camera.
#pragma once

#include <vector>

#include "synth/backdrop.h"
#include "synth/props.h"
#include "synth/script.h"

namespace gerund::synth {

/// Somebody who walks past in a straight line.
struct Passerby {
  Body body;
  Clothes clothes;
  Manner manner;
  Vec3 start;      ///< At time 0.
  double yaw = 0;  ///< Walking direction.
  bool runs = false;
};

/// How the camera moves.
struct CameraWork {
  double yaw = 0, height = 1.4, distance = 4;  ///< From the point it looks at.
  double target_height = 0.95;                 ///< Metres above the floor.
  double focal = 150;                          ///< Pixels.
  double roll = 0, shake = 0;                  ///< Radians.
  double follow = 1;                           ///< Share of the person's way that the camera goes along.
  double phase = 0;                            ///< Of the shaking.
  Vec3 offset;                                 ///< From the person to the point looked at.
};

struct Scene {
  Script script;
  Clothes clothes{};
  Backdrop backdrop{};
  Light light{};
  CameraWork camera{};
  std::vector<Shape> standing{};  ///< Props and furniture that do not move.
  std::vector<Passerby> passersby{};
  Color box_color{}, bike_color{};
  Vec3 box_size{};
};

/// A scene around `script`, which lasts `seconds`, for pictures `height` pixels high.
Scene random_scene(Script script, double seconds, int height, const Variation& variation, base::Random& random);

Camera camera_at(const Scene& scene, double seconds, int width, int height);

/// Whether the script's person and what they move are there.
enum class Cast { everybody, without_person };
/// All shapes of one moment.
std::vector<Shape> shapes_at(const Scene& scene, double seconds, Cast cast);

}  // namespace gerund::synth
