// synth/vec3.h - points and directions in metres: x ahead of the person, y to the left, z up, the floor at z = 0.
#pragma once

#include <algorithm>
#include <cmath>

namespace gerund::synth {

struct Vec3 {
  double x = 0, y = 0, z = 0;
};

inline Vec3 operator+(Vec3 a, Vec3 b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
inline Vec3 operator-(Vec3 a, Vec3 b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
inline Vec3 operator*(Vec3 a, double s) {
  return {a.x * s, a.y * s, a.z * s};
}
inline double dot(Vec3 a, Vec3 b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline Vec3 cross(Vec3 a, Vec3 b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline double length(Vec3 a) {
  return std::sqrt(dot(a, a));
}
inline Vec3 unit(Vec3 a) {
  return a * (1.0 / std::max(length(a), 1e-9));
}
inline Vec3 mix(Vec3 a, Vec3 b, double share) {
  return a + (b - a) * share;
}
/// `a` turned about the z axis, counterclockwise seen from above.
inline Vec3 turned(Vec3 a, double radians) {
  const double c = std::cos(radians), s = std::sin(radians);
  return {c * a.x - s * a.y, s * a.x + c * a.y, a.z};
}
/// Goes from 0 to 1 as `x` does, with zero slope at both ends; constant outside.
inline double smooth(double x) {
  x = std::clamp(x, 0.0, 1.0);
  return x * x * (3 - 2 * x);
}

constexpr double kPi = 3.14159265358979323846;

}  // namespace gerund::synth
