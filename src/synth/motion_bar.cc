#include "synth/motion.h"

namespace gerund::synth {

Pose pullup(const Body& body, const Manner& manner, double phase) {
  const double up = (0.5 - 0.5 * std::cos(2 * kPi * phase)) * manner.amplitude;
  const double half_grip = body.shoulder_half + 0.02 + 0.14 * manner.width;
  const double spread = half_grip - body.shoulder_half;
  const double hanging = std::sqrt(body.arm() * body.arm() * 0.97 - spread * spread);
  const double shoulder_below = hanging + (0.06 - hanging) * up;
  const double sway = 0.06 * std::sin(2 * kPi * phase + manner.style * 6);
  Pose pose;
  pose.pelvis = {-0.10 - 0.05 * up + sway, 0, manner.bar_height - shoulder_below + 0.03 - body.spine()};
  pose.pelvis_up = {0.12 * up - sway * 0.5, 0, 1};
  pose.chest_up = {-0.05 - 0.1 * up, 0, 1};
  pose.head_up = {-0.15 * up, 0, 1};
  pose.head_front = {1, 0, 0.5 * up};
  const double tuck = manner.style;  // Straight legs to shins folded back.
  for (size_t side = 0; side < 2; ++side) {
    const double sign = side == 0 ? 1 : -1;
    pose.wrist[side] = {0, sign * half_grip, manner.bar_height - 0.03};
    pose.elbow_toward[side] = {-0.35, sign, -0.6};
    pose.finger[side] = {0.15, 0, 1};
    const Vec3 hip = pose.pelvis + Vec3{0, sign * body.hip_half, 0};
    const double thigh_swing = 0.1 + 0.25 * up + 0.1 * tuck, bend = 0.15 + 1.3 * tuck + 0.2 * up;
    const Vec3 thigh{std::sin(thigh_swing), 0, -std::cos(thigh_swing)};
    const Vec3 shin{std::sin(thigh_swing - bend), 0, -std::cos(thigh_swing - bend)};
    pose.ankle[side] = hip + thigh * body.thigh + shin * body.shin;
    pose.knee_toward[side] = {1, 0, 0};
    pose.toe[side] = {0.5 - tuck, 0, -1};
  }
  return pose;
}

}  // namespace gerund::synth
