#include "synth/motion.h"

namespace gerund::synth {

Pose wave(const Body& body, const Manner& manner, double phase) {
  Pose pose = posture_pose(body, manner, Posture::stand);
  const double swing = 0.75 * manner.amplitude * std::sin(2 * kPi * phase);
  const bool both = manner.style > 0.75;
  for (int side = 0; side < 2; ++side) {
    if (!both && side != manner.side) continue;
    const auto at = static_cast<size_t>(side);
    const double sign = side == 0 ? 1 : -1;
    const Vec3 upper = unit(Vec3{0.25, sign * 1.0, -0.2 + 0.9 * manner.width});
    const Vec3 fore{0.15, sign * std::sin(0.1 + swing), std::cos(0.1 + swing)};
    pose.wrist[at] = shoulder_of(body, pose, side) + upper * body.upper_arm + unit(fore) * body.forearm;
    pose.elbow_toward[at] = {0, sign, -1};
    pose.finger[at] = fore;
  }
  pose.chest_up.y += 0.02 * std::sin(2 * kPi * phase);
  return pose;
}

Pose idle(const Body& body, const Manner& manner, double phase) {
  Pose pose = posture_pose(body, manner, Posture::stand);
  const double shift = std::sin(2 * kPi * phase);
  pose.pelvis.y += 0.04 * shift * manner.amplitude;
  pose.chest_up.y -= 0.05 * shift;
  pose.chest_front.y += 0.15 * std::sin(2 * kPi * phase * 0.7 + 1);
  pose.head_front.y += 0.7 * std::sin(2 * kPi * phase * 0.6 + manner.style * 6);
  const auto at = static_cast<size_t>(manner.side);
  const double sign = manner.side == 0 ? 1 : -1;
  if (manner.style < 0.25) {  // A hand held up before the body, as with a telephone.
    pose.wrist[at] = shoulder_of(body, pose, manner.side) + Vec3{0.25, -sign * 0.06, -0.15 + 0.01 * shift};
    pose.elbow_toward[at] = {-0.3, sign * 0.4, -1};
    pose.finger[at] = {0.3, 0, 1};
  } else if (manner.style < 0.5) {  // Hands on the hips.
    for (int side = 0; side < 2; ++side) {
      const double out = side == 0 ? 1 : -1;
      pose.wrist[static_cast<size_t>(side)] = pose.pelvis + Vec3{0.05, out * (body.hip_half + 0.09), 0.08};
      pose.elbow_toward[static_cast<size_t>(side)] = {-0.3, out, 0};
      pose.finger[static_cast<size_t>(side)] = {0.5, -out * 0.5, -0.5};
    }
  } else if (manner.style < 0.65) {  // A hand raised, but still: what a single picture of waving looks like.
    pose.wrist[at] = shoulder_of(body, pose, manner.side) + Vec3{0.1, sign * 0.22, 0.2};
    pose.elbow_toward[at] = {0, sign, -1};
    pose.finger[at] = {0.1, 0, 1};
  }
  return pose;
}

}  // namespace gerund::synth
