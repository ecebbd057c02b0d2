#include "synth/motion.h"

namespace gerund::synth {
namespace {

/// Half way to the floor, knees giving way. `ahead` is 1 for a fall to the front, -1 to the back.
Pose buckled(const Body& body, const Manner& manner, double ahead) {
  Pose pose = posture_pose(body, manner, Posture::stand);
  const double lean = ahead > 0 ? 0.9 : -0.7;
  pose.pelvis = {0.10 * ahead - 0.05, 0.03, body.leg() * 0.52};
  pose.pelvis_up = {std::sin(lean * 0.6), 0.1, std::cos(lean * 0.6)};
  pose.pelvis_front = {std::cos(lean * 0.6), 0.1, -std::sin(lean * 0.6)};
  pose.chest_up = {std::sin(lean), 0.15, std::cos(lean)};
  pose.chest_front = {std::cos(lean), 0.2, -std::sin(lean)};
  for (size_t side = 0; side < 2; ++side) {
    const double sign = side == 0 ? 1 : -1;
    pose.wrist[side] = shoulder_of(body, pose, static_cast<int>(side)) +
                       Vec3{0.35 * ahead, sign * (0.2 + 0.2 * manner.width), side == 0 ? 0.15 : -0.05};
    pose.finger[side] = {ahead, sign * 0.5, 0.2};
  }
  return pose;
}

/// On the floor, less tidy than somebody who lay down.
Pose fallen(const Body& body, const Manner& manner, double ahead) {
  Pose pose = posture_pose(body, manner, ahead > 0 ? Posture::prone : Posture::supine);
  pose.pelvis.x += 0.35 * ahead;
  for (size_t side = 0; side < 2; ++side) {
    const double sign = side == 0 ? 1 : -1;
    const Vec3 out{ahead * (side == 0 ? 0.3 : -0.2), sign * 0.35, 0};
    pose.wrist[side] = shoulder_of(body, pose, static_cast<int>(side)) + out;
    pose.wrist[side].z = 0.06;
    pose.finger[side] = out;
    pose.ankle[side] = pose.pelvis - Vec3{ahead * body.leg() * (side == 0 ? 0.95 : 0.8), -sign * 0.2, 0};
    pose.ankle[side].z = 0.07;
    pose.knee_toward[side] = {0.2 * ahead, sign * 0.7, ahead > 0 ? 0.0 : 1.0};
    pose.toe[side] = {-0.7 * ahead, sign * 0.6, ahead > 0 ? -0.1 : 0.6};
  }
  return pose;
}

}  // namespace

Pose fall(const Body& body, const Manner& manner, double share) {
  const double ahead = manner.lean > 0.5 ? 1 : -1;
  const Pose standing = posture_pose(body, manner, Posture::stand);
  const Pose middle = buckled(body, manner, ahead);
  const Pose lying = fallen(body, manner, ahead);
  // Falls start slowly and end at once.
  const double fallen_share = std::pow(std::clamp(share, 0.0, 1.0), 1.7);
  Pose pose = fallen_share < 0.5 ? mix(standing, middle, fallen_share * 2) : mix(middle, lying, fallen_share * 2 - 1);
  const double aside = (manner.width - 0.5) * 2.2;
  return turned(pose, aside * smooth(share));
}

}  // namespace gerund::synth
