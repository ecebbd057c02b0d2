#include "synth/pose.h"

namespace gerund::synth {
namespace {

/// Applies `change` to every position of a pose.
template <typename Change>
void each_position(Pose& pose, const Change& change) {
  pose.pelvis = change(pose.pelvis);
  for (size_t side = 0; side < 2; ++side) {
    pose.wrist[side] = change(pose.wrist[side]);
    pose.ankle[side] = change(pose.ankle[side]);
  }
}

/// Applies `change` to every direction of a pose.
template <typename Change>
void each_direction(Pose& pose, const Change& change) {
  for (Vec3* direction :
       {&pose.pelvis_up, &pose.pelvis_front, &pose.chest_up, &pose.chest_front, &pose.head_up, &pose.head_front})
    *direction = change(*direction);
  for (size_t side = 0; side < 2; ++side)
    for (Vec3* direction : {&pose.elbow_toward[side], &pose.finger[side], &pose.knee_toward[side], &pose.toe[side]})
      *direction = change(*direction);
}

std::array<Vec3, 2> mix(const std::array<Vec3, 2>& a, const std::array<Vec3, 2>& b, double share) {
  return {synth::mix(a[0], b[0], share), synth::mix(a[1], b[1], share)};
}

/// The left of somebody whose spine points `up` and who looks to `front`.
Vec3 left_of(Vec3 up, Vec3 front) {
  return unit(cross(up, front));
}

/// Two bones from `root` to as near `target` as they reach, bent toward a direction: {middle joint, end}.
std::array<Vec3, 2> bend(Vec3 root, Vec3 target, double first, double second, Vec3 toward) {
  const Vec3 axis = unit(target - root);
  const double reach = std::clamp(length(target - root), std::abs(first - second) + 1e-4, first + second - 1e-4);
  const double along = (reach * reach + first * first - second * second) / (2 * reach);
  const double aside = std::sqrt(std::max(0.0, first * first - along * along));
  Vec3 side = toward - axis * dot(toward, axis);
  if (length(side) < 1e-6) side = cross(axis, std::abs(axis.z) < 0.9 ? Vec3{0, 0, 1} : Vec3{1, 0, 0});
  return {root + axis * along + unit(side) * aside, root + axis * reach};
}

}  // namespace

Pose mix(const Pose& a, const Pose& b, double share) {
  Pose pose;
  pose.pelvis = mix(a.pelvis, b.pelvis, share);
  pose.pelvis_up = mix(a.pelvis_up, b.pelvis_up, share);
  pose.pelvis_front = mix(a.pelvis_front, b.pelvis_front, share);
  pose.chest_up = mix(a.chest_up, b.chest_up, share);
  pose.chest_front = mix(a.chest_front, b.chest_front, share);
  pose.head_up = mix(a.head_up, b.head_up, share);
  pose.head_front = mix(a.head_front, b.head_front, share);
  pose.wrist = mix(a.wrist, b.wrist, share);
  pose.elbow_toward = mix(a.elbow_toward, b.elbow_toward, share);
  pose.finger = mix(a.finger, b.finger, share);
  pose.ankle = mix(a.ankle, b.ankle, share);
  pose.knee_toward = mix(a.knee_toward, b.knee_toward, share);
  pose.toe = mix(a.toe, b.toe, share);
  return pose;
}

Pose moved(Pose pose, Vec3 offset) {
  each_position(pose, [&](Vec3 p) { return p + offset; });
  return pose;
}

Pose turned(Pose pose, double radians) {
  const auto turn = [&](Vec3 v) { return turned(v, radians); };
  each_position(pose, turn);
  each_direction(pose, turn);
  return pose;
}

Vec3 shoulder_of(const Body& body, const Pose& pose, int side) {
  const Vec3 neck = pose.pelvis + unit(pose.pelvis_up) * body.lower_spine + unit(pose.chest_up) * body.upper_spine;
  const Vec3 left = left_of(pose.chest_up, pose.chest_front);
  return neck - unit(pose.chest_up) * 0.03 + left * (side == 0 ? body.shoulder_half : -body.shoulder_half);
}

Skeleton solve(const Body& body, const Pose& pose) {
  Skeleton joints;
  joints.pelvis = pose.pelvis;
  joints.waist = pose.pelvis + unit(pose.pelvis_up) * body.lower_spine;
  joints.neck = joints.waist + unit(pose.chest_up) * body.upper_spine;
  joints.head = joints.neck + unit(pose.head_up) * (body.neck + body.head_radius);
  joints.head_up = unit(pose.head_up);
  joints.head_front = unit(pose.head_front - joints.head_up * dot(pose.head_front, joints.head_up));
  joints.chest_front = unit(pose.chest_front);
  const Vec3 hip_left = left_of(pose.pelvis_up, pose.pelvis_front);
  for (size_t side = 0; side < 2; ++side) {
    joints.shoulder[side] = shoulder_of(body, pose, static_cast<int>(side));
    joints.hip[side] = pose.pelvis + hip_left * (side == 0 ? body.hip_half : -body.hip_half);
    const auto arm =
        bend(joints.shoulder[side], pose.wrist[side], body.upper_arm, body.forearm, pose.elbow_toward[side]);
    joints.elbow[side] = arm[0];
    joints.wrist[side] = arm[1];
    joints.fingertip[side] = arm[1] + unit(pose.finger[side]) * body.hand;
    const auto leg = bend(joints.hip[side], pose.ankle[side], body.thigh, body.shin, pose.knee_toward[side]);
    joints.knee[side] = leg[0];
    joints.ankle[side] = leg[1];
    joints.toe[side] = leg[1] + unit(pose.toe[side]) * body.foot;
  }
  return joints;
}

}  // namespace gerund::synth
