#include <array>

#include "synth/motion.h"

namespace gerund::synth {
namespace {

/// What makes a walk a walk and a run a run. Lengths as shares of the body height or of the leg.
struct Gait {
  double stride;         ///< Of the height, per cycle of two steps.
  double stance_share;   ///< Of the cycle with the foot on the floor.
  double lift;           ///< Of the leg, at mid swing.
  double pelvis_height;  ///< Of the leg.
  double bob;            ///< Metres, up and down.
  double lean;           ///< Radians, forward.
};

constexpr Gait kWalk{0.66, 0.60, 0.13, 0.965, 0.018, 0.05};
constexpr Gait kRun{0.95, 0.36, 0.42, 0.92, 0.05, 0.24};
constexpr Gait kPush{0.46, 0.64, 0.12, 0.88, 0.012, 0.55};

double wrapped(double phase) {
  return phase - std::floor(phase);
}

/// Places one foot: on the floor it goes straight back, then it swings forward in an arc.
void step(Pose& pose, const Body& body, const Gait& gait, double stride_metres, double phase, size_t side) {
  const double half = stride_metres * gait.stance_share / 2;
  const double y = (side == 0 ? 1 : -1) * body.hip_half;
  double x = half - stride_metres * phase, lift = 0, pitch = 0;
  if (phase > gait.stance_share) {
    const double share = (phase - gait.stance_share) / (1 - gait.stance_share);
    x = -half + 2 * half * smooth(share);
    lift = gait.lift * body.leg() * std::sin(kPi * std::pow(share, 0.75));
    pitch = -0.9 * std::sin(kPi * std::pow(share, 0.5)) * (1 - share) + 0.25 * share;
  } else {
    pitch = 0.25 * std::max(0.0, 1 - 5 * phase) - 0.5 * smooth((phase / gait.stance_share - 0.75) * 4);
  }
  pose.ankle[side] = {x, y, body.ankle_height + lift + 0.1 * std::max(0.0, -pitch)};
  const double down = -0.2 + pitch;
  pose.toe[side] = {std::cos(down), 0, std::sin(down)};
}

Pose gait_trunk(const Body& body, const Gait& gait, double phase, double lean) {
  Pose pose;
  pose.pelvis = {0, 0, body.ankle_height + body.leg() * gait.pelvis_height - gait.bob * std::cos(4 * kPi * phase)};
  const double twist = 0.12 * std::cos(2 * kPi * phase);
  pose.pelvis_up = {std::sin(lean * 0.7), 0, std::cos(lean * 0.7)};
  pose.pelvis_front = turned(Vec3{std::cos(lean * 0.7), 0, -std::sin(lean * 0.7)}, -twist);
  pose.chest_up = {std::sin(lean), 0, std::cos(lean)};
  pose.chest_front = turned(Vec3{std::cos(lean), 0, -std::sin(lean)}, twist);
  pose.head_up = {std::sin(lean * 0.5), 0, std::cos(lean * 0.5)};
  return pose;
}

/// An arm that swings from the shoulder with a bent elbow. Angles in radians from hanging, forward positive.
void swing_arm(Pose& pose, const Body& body, size_t side, double angle, double elbow) {
  const double out = (side == 0 ? 1 : -1) * 0.10;
  const Vec3 upper{std::sin(angle), out, -std::cos(angle)};
  const Vec3 fore{std::sin(angle + elbow), out * 0.3, -std::cos(angle + elbow)};
  pose.wrist[side] =
      shoulder_of(body, pose, static_cast<int>(side)) + unit(upper) * body.upper_arm + unit(fore) * body.forearm;
  pose.elbow_toward[side] = {-1, out * 2, -0.3};
  pose.finger[side] = fore;
}

Pose gait_pose(const Body& body, const Manner& manner, const Gait& gait, double phase, double lean) {
  Pose pose = gait_trunk(body, gait, phase, lean);
  const double metres = gait.stride * body.height * manner.amplitude;
  step(pose, body, gait, metres, wrapped(phase), 0);
  step(pose, body, gait, metres, wrapped(phase + 0.5), 1);
  return pose;
}

/// Wrists while pushing: just behind the box's near side.
Vec3 push_wrist(const Body& body, const Manner& manner, int side) {
  return {box_distance(body, manner) - 0.05, (side == 0 ? 1 : -1) * (0.15 + 0.1 * manner.width),
          body.height * (0.52 + 0.08 * manner.style)};
}

}  // namespace

Pose walk(const Body& body, const Manner& manner, double phase) {
  Pose pose = gait_pose(body, manner, kWalk, phase, kWalk.lean + 0.08 * manner.lean);
  const double swing = 0.45 * manner.amplitude * std::cos(2 * kPi * phase);
  swing_arm(pose, body, 0, -swing, 0.25 + 0.2 * manner.style);
  swing_arm(pose, body, 1, swing, 0.25 + 0.2 * manner.style);
  return pose;
}

Pose run(const Body& body, const Manner& manner, double phase) {
  Pose pose = gait_pose(body, manner, kRun, phase, kRun.lean + 0.12 * manner.lean);
  const double swing = 0.85 * manner.amplitude * std::cos(2 * kPi * phase);
  swing_arm(pose, body, 0, -swing - 0.1, 1.5);
  swing_arm(pose, body, 1, swing - 0.1, 1.5);
  return pose;
}

double box_distance(const Body& body, const Manner& manner) {
  return body.height * (0.31 + 0.04 * manner.lean);
}

Pose push(const Body& body, const Manner& manner, double phase) {
  Pose pose = gait_pose(body, manner, kPush, phase, kPush.lean + 0.2 * manner.lean);
  pose.pelvis.x -= 0.12 * body.height;
  for (size_t side = 0; side < 2; ++side) {
    pose.ankle[side].x -= 0.2 * body.height;
    pose.wrist[side] = push_wrist(body, manner, static_cast<int>(side));
    pose.elbow_toward[side] = {-0.3, side == 0 ? 1.0 : -1.0, -1};
    pose.finger[side] = {0.4, 0, 1};
  }
  return pose;
}

BikePlaces bike_places(const Body& body) {
  BikePlaces bike;
  const double crank_height = 0.28;
  // A leg is nearly straight at the lowest pedal.
  bike.saddle = {-0.06, 0, crank_height - bike.crank_length + body.ankle_height + body.leg() * 0.95 - 0.06};
  bike.crank = {0.12, 0, crank_height};
  bike.bar = {0.36 * body.height, 0, bike.saddle.z + 0.06};
  bike.rear_wheel = {-0.32, 0, bike.wheel_radius};
  bike.front_wheel = {0.72, 0, bike.wheel_radius};
  return bike;
}

Pose ride_bike(const Body& body, const Manner& manner, double phase) {
  const BikePlaces bike = bike_places(body);
  Pose pose;
  const double lean = 0.45 + 0.3 * manner.lean;
  pose.pelvis = bike.saddle + Vec3{0, 0, 0.06};
  pose.pelvis_up = {std::sin(lean * 0.7), 0, std::cos(lean * 0.7)};
  pose.pelvis_front = {std::cos(lean * 0.7), 0, -std::sin(lean * 0.7)};
  pose.chest_up = {std::sin(lean), 0.05 * std::sin(2 * kPi * phase), std::cos(lean)};
  pose.chest_front = {std::cos(lean), 0, -std::sin(lean)};
  pose.head_up = {0.15, 0, 1};
  for (size_t side = 0; side < 2; ++side) {
    const double sign = side == 0 ? 1 : -1;
    const double angle = -2 * kPi * (phase + (side == 0 ? 0.0 : 0.5));
    const Vec3 pedal =
        bike.crank + Vec3{std::cos(angle), 0, std::sin(angle)} * bike.crank_length + Vec3{0, sign * 0.11, 0};
    pose.ankle[side] = pedal + Vec3{-0.5 * body.foot, 0, body.ankle_height + 0.02};
    pose.toe[side] = {1, 0, -0.25};
    pose.knee_toward[side] = {1, sign * 0.08, 0.4};
    pose.wrist[side] = bike.bar + Vec3{-0.04, sign * 0.24, 0.03};
    pose.elbow_toward[side] = {-0.2, sign * 0.6, -1};
    pose.finger[side] = {1, 0, -0.3};
  }
  return pose;
}

double stride(const Body& body, const Manner& manner, std::string_view action) {
  if (action == "walk") return kWalk.stride * body.height * manner.amplitude;
  if (action == "run") return kRun.stride * body.height * manner.amplitude;
  if (action == "push") return kPush.stride * body.height * manner.amplitude;
  return action == "ride_bike" ? 1.9 : 0.0;
}

}  // namespace gerund::synth
