#include "synth/motion.h"

namespace gerund::synth {
namespace {

/// 0 at whole phases, 1 half a cycle later.
double there_and_back(double phase) {
  return 0.5 - 0.5 * std::cos(2 * kPi * phase);
}

}  // namespace

Pose pushup(const Body& body, const Manner& manner, double phase) {
  const double down = there_and_back(phase) * manner.amplitude;
  const double toes_height = 0.13;
  const double line = body.leg() * 0.99 + body.spine();
  const double wrist_height = 0.05;
  const double high = wrist_height + body.arm() * 0.93, low = wrist_height + 0.14;
  const double pitch = std::asin((high + (low - high) * down - toes_height) / line);
  const double level_pitch = std::asin((high - toes_height) / line);
  const Vec3 along{std::cos(pitch), 0, std::sin(pitch)};
  const Vec3 feet{-0.62 * line, 0, toes_height};
  Pose pose;
  pose.pelvis = feet + along * (body.leg() * 0.99);
  pose.pelvis_up = pose.chest_up = along;
  pose.pelvis_front = pose.chest_front = {along.z, 0, -along.x};
  pose.head_up = along + Vec3{0, 0, 0.35 * manner.style};
  pose.head_front = {along.z + 0.4, 0, -along.x};
  for (size_t side = 0; side < 2; ++side) {
    const double sign = side == 0 ? 1 : -1;
    pose.ankle[side] = feet + Vec3{0, sign * 0.09, 0};
    pose.toe[side] = {0.45, 0, -1};
    pose.knee_toward[side] = {0, 0, -1};
    pose.wrist[side] = {feet.x + line * std::cos(level_pitch) + 0.02,
                        sign * (body.shoulder_half + 0.03 + 0.12 * manner.width), wrist_height};
    pose.elbow_toward[side] = {-0.8, sign * (0.5 + manner.width), 0.6};
    pose.finger[side] = {1, 0, -0.15};
  }
  return pose;
}

Pose situp(const Body& body, const Manner& manner, double phase) {
  const double up = there_and_back(phase) * manner.amplitude;
  // The chest leads and the pelvis follows.
  const double chest = 0.10 + 1.45 * up, hips = 0.02 + 1.15 * std::pow(up, 1.3);
  Pose pose;
  pose.pelvis = {0, 0, 0.11 * body.girth};
  pose.pelvis_up = {-std::cos(hips), 0, std::sin(hips)};
  pose.pelvis_front = {std::sin(hips), 0, std::cos(hips)};
  pose.chest_up = {-std::cos(chest), 0, std::sin(chest)};
  pose.chest_front = {std::sin(chest), 0, std::cos(chest)};
  pose.head_up = {-std::cos(chest + 0.25), 0, std::sin(chest + 0.25)};
  pose.head_front = {std::sin(chest + 0.25), 0, std::cos(chest + 0.25)};
  const Vec3 neck = pose.pelvis + pose.pelvis_up * body.lower_spine + pose.chest_up * body.upper_spine;
  for (size_t side = 0; side < 2; ++side) {
    const double sign = side == 0 ? 1 : -1;
    pose.ankle[side] = {body.leg() * (0.52 + 0.1 * manner.width), sign * 0.11, body.ankle_height};
    pose.knee_toward[side] = {0.2, 0, 1};
    pose.toe[side] = {1, 0, -0.2};
    pose.elbow_toward[side] = Vec3{0, sign * 1.0, 0} + pose.chest_front * 0.5;
    if (manner.style < 0.5) {  // Hands behind the head.
      pose.wrist[side] = neck + pose.head_up * 0.12 - pose.head_front * 0.08 + Vec3{0, sign * 0.10, 0};
      pose.finger[side] = {0, -sign, 0};
    } else {  // Arms crossed on the chest.
      pose.wrist[side] = neck - pose.chest_up * 0.16 + pose.chest_front * 0.13 - Vec3{0, sign * 0.08, 0};
      pose.elbow_toward[side] = pose.chest_front * 0.4 - pose.chest_up + Vec3{0, sign * 0.7, 0};
      pose.finger[side] = Vec3{0, -sign, 0} + pose.chest_up;
    }
  }
  return pose;
}

}  // namespace gerund::synth
