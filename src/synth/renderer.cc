#include "synth/renderer.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace gerund::synth {
namespace {

constexpr int kShift = 4;  // Sixteenths of a pixel.
constexpr double kNear = 0.25;
constexpr double kFar = 1e4;  // Pixels outside the picture beyond which a shape is left out.

struct Disc {
  double u, v, radius;
};

cv::Point fixed_point(double u, double v) {
  return {cvRound(u * (1 << kShift)), cvRound(v * (1 << kShift))};
}

cv::Scalar pixel(Color color, double brightness, Color tint) {
  const auto level = [&](double value, double tinted) {
    return std::clamp(255.0 * value * tinted * brightness, 0.0, 255.0);
  };
  return {level(color.r, tint.r), level(color.g, tint.g), level(color.b, tint.b)};
}

bool project(const Camera& camera, const Shape& shape, std::vector<Disc>& discs) {
  discs.clear();
  for (const Ball& ball : shape.balls) {
    const Projected at = camera.project(ball.center);
    if (at.depth < kNear || std::abs(at.u) > kFar || std::abs(at.v) > kFar) return false;
    discs.push_back({at.u, at.v, ball.radius * camera.focal / at.depth});
  }
  return !discs.empty();
}

/// The outline of the hull of some discs, each shrunk to `scale` of its radius and moved by a share of it.
std::vector<cv::Point> outline(const std::vector<Disc>& discs, double scale, double shift_u, double shift_v) {
  constexpr int kCorners = 14;
  std::vector<cv::Point> points, hull;
  for (const Disc& disc : discs)
    for (int corner = 0; corner < kCorners; ++corner) {
      const double angle = 2 * kPi * corner / kCorners;
      points.push_back(fixed_point(disc.u + disc.radius * (scale * std::cos(angle) + shift_u),
                                   disc.v + disc.radius * (scale * std::sin(angle) + shift_v)));
    }
  cv::convexHull(points, hull);
  return hull;
}

/// Three tones, each smaller and nearer to the light, make a round body.
void paint_solid(cv::Mat& picture, const Camera& camera, const Light& light, const Shape& shape,
                 const std::vector<Disc>& discs) {
  const double right = dot(light.toward, camera.right), down = dot(light.toward, camera.down);
  const double facing = 0.5 - 0.5 * dot(light.toward, camera.ahead);
  constexpr std::array kScales{1.0, 0.74, 0.42};
  const std::array tones{light.ambient * 0.82, light.ambient + 0.45 * light.strength * (0.4 + facing),
                         light.ambient + light.strength * (0.4 + facing)};
  for (size_t tone = 0; tone < kScales.size(); ++tone) {
    const double shift = (1 - kScales[tone]) * 0.8;
    cv::fillConvexPoly(picture, outline(discs, kScales[tone], right * shift, down * shift),
                       pixel(shape.color, tones[tone], light.tint), cv::LINE_8, kShift);
  }
}

void paint_flat(cv::Mat& picture, const Camera& camera, const Light& light, const Shape& shape,
                const std::vector<Disc>& discs) {
  const Vec3 origin = shape.balls[0].center;
  Vec3 normal = unit(cross(shape.balls[1].center - origin, shape.balls.back().center - origin));
  if (dot(normal, camera.position - origin) < 0) normal = normal * -1.0;
  std::vector<cv::Point> corners;
  corners.reserve(discs.size());
  for (const Disc& disc : discs) corners.push_back(fixed_point(disc.u, disc.v));
  cv::fillConvexPoly(picture, corners, pixel(shape.color, shade(light, normal), light.tint), cv::LINE_8, kShift);
}

void paint_line(cv::Mat& picture, const Light& light, const Shape& shape, const std::vector<Disc>& discs) {
  std::vector<cv::Point> points;
  points.reserve(discs.size());
  for (const Disc& disc : discs) points.push_back(fixed_point(disc.u, disc.v));
  const int thickness = std::max(1, cvRound(2 * discs[0].radius));
  cv::polylines(picture, points, false, pixel(shape.color, light.ambient + 0.5 * light.strength, light.tint),
                std::min(thickness, 60), cv::LINE_8, kShift);
}

double depth_of(const Camera& camera, const Shape& shape) {
  double sum = 0;
  for (const Ball& ball : shape.balls) sum += dot(ball.center - camera.position, camera.ahead);
  return sum / static_cast<double>(shape.balls.size()) - shape.nearer;
}

}  // namespace

Shape capsule(Vec3 a, double radius_a, Vec3 b, double radius_b, Color color) {
  Shape shape;
  shape.balls = {{a, radius_a}, {b, radius_b}};
  shape.color = color;
  return shape;
}

double shade(const Light& light, Vec3 normal) {
  return light.ambient + light.strength * std::max(0.0, dot(light.toward, normal));
}

void paint(cv::Mat& picture, const Camera& camera, const Light& light, std::vector<Shape> shapes) {
  std::stable_sort(shapes.begin(), shapes.end(),
                   [&](const Shape& a, const Shape& b) { return depth_of(camera, a) > depth_of(camera, b); });
  std::vector<Disc> discs;
  for (const Shape& shape : shapes) {
    if (!project(camera, shape, discs)) continue;
    if (shape.kind == Shape::Kind::solid) paint_solid(picture, camera, light, shape, discs);
    if (shape.kind == Shape::Kind::flat) paint_flat(picture, camera, light, shape, discs);
    if (shape.kind == Shape::Kind::line) paint_line(picture, light, shape, discs);
  }
}

void paint_shadows(cv::Mat& picture, const Camera& camera, const Light& light, const std::vector<Shape>& shapes) {
  cv::Mat mask(picture.size(), CV_8U, cv::Scalar(0));
  std::vector<Disc> discs;
  for (const Shape& shape : shapes) {
    if (!shape.casts_shadow) continue;
    Shape fallen = shape;
    for (Ball& ball : fallen.balls) {
      const double height = std::max(0.0, ball.center.z);
      ball.center = ball.center - light.toward * (height / light.toward.z);
      ball.center.z = 0;
    }
    if (!project(camera, fallen, discs)) continue;
    if (shape.kind == Shape::Kind::line) {
      std::vector<cv::Point> points;
      points.reserve(discs.size());
      for (const Disc& disc : discs) points.push_back(fixed_point(disc.u, disc.v));
      cv::polylines(mask, points, false, 255, std::clamp(cvRound(2 * discs[0].radius), 1, 40), cv::LINE_8, kShift);
    } else {
      cv::fillConvexPoly(mask, outline(discs, 0.8, 0, 0), 255, cv::LINE_8, kShift);
    }
  }
  cv::blur(mask, mask, {3, 3});
  for (int y = 0; y < picture.rows; ++y) {
    auto* row = picture.ptr<uint8_t>(y);
    const auto* dark = mask.ptr<uint8_t>(y);
    for (int x = 0; x < picture.cols; ++x) {
      if (dark[x] == 0) continue;
      const double keep = 1 - light.shadow * dark[x] / 255.0;
      for (int c = 0; c < 3; ++c) row[3 * x + c] = static_cast<uint8_t>(row[3 * x + c] * keep);
    }
  }
}

}  // namespace gerund::synth
