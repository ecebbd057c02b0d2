// synth/pose.h - what a person is doing with trunk, hands and feet at one moment; inverse kinematics finds the rest.
#pragma once

#include <array>

#include "synth/body.h"

namespace gerund::synth {

/// Where the trunk is and where hands and feet shall be. Positions in metres, directions need not be of length one.
/// Index 0 of a pair is the left side. The limbs' lengths come from the Body, so poses can be mixed freely.
struct Pose {
  Vec3 pelvis{0, 0, 0.9};
  Vec3 pelvis_up{0, 0, 1}, pelvis_front{1, 0, 0};
  Vec3 chest_up{0, 0, 1}, chest_front{1, 0, 0};
  Vec3 head_up{0, 0, 1}, head_front{1, 0, 0};
  std::array<Vec3, 2> wrist{};
  std::array<Vec3, 2> elbow_toward{Vec3{-1, 0.4, 0}, Vec3{-1, -0.4, 0}};  ///< The side to which the elbow points.
  std::array<Vec3, 2> finger{Vec3{0, 0, -1}, Vec3{0, 0, -1}};             ///< From wrist to fingertips.
  std::array<Vec3, 2> ankle{};
  std::array<Vec3, 2> knee_toward{Vec3{1, 0, 0}, Vec3{1, 0, 0}};
  std::array<Vec3, 2> toe{Vec3{1, 0, 0}, Vec3{1, 0, 0}};  ///< From ankle to toes.
};

/// The pose a `share` of the way from `a` to `b`.
Pose mix(const Pose& a, const Pose& b, double share);

/// The pose moved by `offset`.
Pose moved(Pose pose, Vec3 offset);

/// The pose turned about the z axis through the origin.
Pose turned(Pose pose, double radians);

/// Joint positions for a pose. All bones keep the lengths of `body`; a hand or foot out of reach stops on the way
/// there.
Skeleton solve(const Body& body, const Pose& pose);

/// The left or right shoulder or hip of a pose, before any hand is placed: where motions hang their arms from.
Vec3 shoulder_of(const Body& body, const Pose& pose, int side);

}  // namespace gerund::synth
