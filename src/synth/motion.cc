#include "synth/motion.h"

#include "base/error.h"

namespace gerund::synth {
namespace {

Pose standing(const Body& body, const Manner& manner) {
  Pose pose;
  pose.pelvis = {0, 0, body.ankle_height + body.leg() * 0.985};
  for (size_t side = 0; side < 2; ++side) {
    const double sign = side == 0 ? 1 : -1;
    pose.ankle[side] = {0, sign * (body.hip_half + 0.08 * manner.width), body.ankle_height};
    pose.toe[side] = {1, sign * 0.2, -0.2};
    pose.wrist[side] = shoulder_of(body, pose, static_cast<int>(side)) + Vec3{0.06, sign * 0.09, -body.arm() * 0.95};
    pose.finger[side] = {0.1, 0, -1};
  }
  return pose;
}

Pose squatting(const Body& body, const Manner& manner) {
  Pose pose = standing(body, manner);
  pose.pelvis = {-0.2, 0, body.ankle_height + body.leg() * 0.5};
  pose.pelvis_up = {0.45, 0, 1};
  pose.pelvis_front = {1, 0, -0.45};
  pose.chest_up = {0.65, 0, 1};
  pose.chest_front = {1, 0, -0.65};
  for (size_t side = 0; side < 2; ++side) {
    pose.wrist[side] = {0.28, side == 0 ? 0.16 : -0.16, body.leg() * 0.52};
    pose.finger[side] = {1, 0, -0.4};
  }
  return pose;
}

Pose kneeling(const Body& body, const Manner& manner) {
  Pose pose = standing(body, manner);
  const double back = 0.25 * manner.lean;
  pose.pelvis = {-back, 0, 0.06 + std::sqrt(body.thigh * body.thigh - back * back)};
  pose.chest_up = {0.12, 0, 1};
  pose.chest_front = {1, 0, -0.12};
  for (size_t side = 0; side < 2; ++side) {
    const double sign = side == 0 ? 1 : -1;
    pose.ankle[side] = {-body.shin, sign * 0.1, 0.07};
    pose.knee_toward[side] = {1, 0, -0.6};
    pose.toe[side] = {-1, 0, -0.1};
    pose.wrist[side] = pose.pelvis + Vec3{0.16, sign * 0.14, 0.02};
    pose.finger[side] = {0.6, 0, -0.8};
  }
  return pose;
}

Pose lying_prone(const Body& body, const Manner& manner) {
  Manner lowest = manner;
  lowest.amplitude = 1;
  Pose pose = pushup(body, lowest, 0.5);
  pose.pelvis.z = 0.12 * body.girth;
  pose.chest_up = pose.pelvis_up = {1, 0, 0.02};
  pose.chest_front = pose.pelvis_front = {0.02, 0, -1};
  pose.head_up = {1, 0, 0.1};
  for (size_t side = 0; side < 2; ++side) {
    pose.ankle[side].z = 0.08;
    pose.toe[side] = {-1, 0, -0.1};
  }
  return pose;
}

Pose sitting(const Body& body, const Manner& manner) {
  Pose pose = situp(body, manner, 0);
  pose.pelvis_up = {-0.25, 0, 1};
  pose.pelvis_front = {1, 0, 0.25};
  pose.chest_up = {0.1, 0, 1};
  pose.chest_front = {1, 0, -0.1};
  pose.head_up = {0, 0, 1};
  pose.head_front = {1, 0, 0};
  for (size_t side = 0; side < 2; ++side) {
    const double sign = side == 0 ? 1 : -1;
    pose.wrist[side] = manner.style < 0.5 ? Vec3{0.33, sign * 0.13, 0.42} : Vec3{-0.28, sign * 0.26, 0.05};
    pose.elbow_toward[side] = {-0.5, sign * 0.6, -0.3};
    pose.finger[side] = manner.style < 0.5 ? Vec3{1, 0, -0.6} : Vec3{-1, 0, -0.1};
  }
  return pose;
}

/// Both feet on the ground, the bicycle between the legs.
Pose standing_astride(const Body& body, const Manner& manner) {
  Pose pose = ride_bike(body, manner, 0);
  pose.pelvis = {0.14, 0, body.ankle_height + body.leg() * 0.95};
  for (size_t side = 0; side < 2; ++side) {
    pose.ankle[side] = {0.14, side == 0 ? 0.2 : -0.2, body.ankle_height};
    pose.toe[side] = {1, 0, -0.2};
  }
  return pose;
}

}  // namespace

Manner random_manner(const Body& body, base::Random& random) {
  Manner manner;
  manner.tempo = random.uniform(0.85, 1.25);
  manner.amplitude = random.uniform(0.85, 1.0);
  manner.width = random.uniform();
  manner.lean = random.uniform();
  manner.style = random.uniform();
  manner.side = static_cast<int>(random.below(2));
  manner.bar_height = body.leg() + body.ankle_height + body.spine() + body.arm() + random.uniform(0.08, 0.3);
  return manner;
}

Pose posture_pose(const Body& body, const Manner& manner, Posture posture) {
  switch (posture) {
    case Posture::squat:
      return squatting(body, manner);
    case Posture::kneel:
      return kneeling(body, manner);
    case Posture::plank:
      return pushup(body, manner, 0);
    case Posture::prone:
      return lying_prone(body, manner);
    case Posture::sit:
      return sitting(body, manner);
    case Posture::supine:
      return situp(body, manner, 0);
    case Posture::hang:
      return pullup(body, manner, 0);
    case Posture::astride:
      return standing_astride(body, manner);
    case Posture::stand:
      break;
  }
  return standing(body, manner);
}

Posture next_up(Posture posture) {
  switch (posture) {
    case Posture::plank:
    case Posture::prone:
      return Posture::kneel;
    case Posture::kneel:
      return Posture::squat;
    case Posture::supine:
      return Posture::sit;
    case Posture::sit:
      return Posture::squat;
    default:
      return Posture::stand;
  }
}

double usual_tempo(std::string_view action) {
  if (action == "walk") return 0.95;
  if (action == "run") return 1.45;
  if (action == "push") return 0.8;
  if (action == "ride_bike") return 1.2;
  if (action == "pushup") return 1.1;
  if (action == "situp") return 0.9;
  if (action == "pullup") return 0.95;
  if (action == "wave") return 1.7;
  return 0.3;
}

Posture posture_of(std::string_view action) {
  if (action == "pushup") return Posture::plank;
  if (action == "situp") return Posture::supine;
  if (action == "pullup") return Posture::hang;
  return action == "ride_bike" ? Posture::astride : Posture::stand;
}

Pose action_pose(std::string_view action, const Body& body, const Manner& manner, double phase) {
  if (action == "walk") return walk(body, manner, phase);
  if (action == "run") return run(body, manner, phase);
  if (action == "push") return push(body, manner, phase);
  if (action == "ride_bike") return ride_bike(body, manner, phase);
  if (action == "pushup") return pushup(body, manner, phase);
  if (action == "situp") return situp(body, manner, phase);
  if (action == "pullup") return pullup(body, manner, phase);
  if (action == "wave") return wave(body, manner, phase);
  if (action == "idle") return idle(body, manner, phase);
  throw base::InternalError("action_pose: no motion for \"" + std::string(action) + "\"");
}

}  // namespace gerund::synth
