// synth/renderer.h - shaded shapes, the far ones painted first.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "synth/body.h"
#include "synth/camera.h"

namespace gerund::synth {

struct Ball {
  Vec3 center;
  double radius = 0;  ///< Metres; 0 is a corner.
};

/// The convex hull of a few balls: a capsule, a trunk, a face of a box. Or a bent line of even thickness.
struct Shape {
  enum class Kind { solid, flat, line };
  Kind kind = Kind::solid;
  std::vector<Ball> balls;  ///< Corners in order around for flat, points for line; one ball's radius is its thickness.
  Color color;
  double nearer = 0;  ///< Metres by which the shape is sorted nearer to the camera than its middle is.
  bool casts_shadow = true;
};

struct Light {
  Vec3 toward{0.3, 0.2, 0.9};  ///< Unit, from the scene to the light.
  double ambient = 0.6;        ///< Brightness away from the light, 0..1.
  double strength = 0.4;       ///< Added where the light falls straight.
  double shadow = 0.4;         ///< Darkness of shadows, 0..1.
  Color tint{1, 1, 1};
};

/// A solid between two balls.
Shape capsule(Vec3 a, double radius_a, Vec3 b, double radius_b, Color color);

/// The brightness of a surface that faces along `normal` (unit).
double shade(const Light& light, Vec3 normal);

/// Paints shapes over `picture`, 8-bit RGB [height, width, 3]; those behind the camera are left out.
void paint(cv::Mat& picture, const Camera& camera, const Light& light, std::vector<Shape> shapes);

/// Darkens the floor (z = 0) of `picture` where shapes stand in the light's way.
void paint_shadows(cv::Mat& picture, const Camera& camera, const Light& light, const std::vector<Shape>& shapes);

}  // namespace gerund::synth
