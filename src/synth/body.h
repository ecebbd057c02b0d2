// synth/body.h - how long a person's limbs are, what they wear, and where their joints are at one moment.
#pragma once

#include <array>

#include "base/random.h"
#include "synth/vec3.h"

namespace gerund::synth {

/// RGB, 0..1 each.
struct Color {
  double r = 0, g = 0, b = 0;
};

/// Lengths and radii in metres.
struct Body {
  double height = 1.72;
  double thigh = 0.42, shin = 0.42, foot = 0.24, ankle_height = 0.07;
  double lower_spine = 0.22, upper_spine = 0.28, neck = 0.09, head_radius = 0.11;
  double upper_arm = 0.31, forearm = 0.26, hand = 0.15;
  double hip_half = 0.09, shoulder_half = 0.19;
  double girth = 1.0;  ///< Scales all radii, 0.8..1.35.

  double leg() const { return thigh + shin; }
  double spine() const { return lower_spine + upper_spine; }
  double arm() const { return upper_arm + forearm; }
};

struct Clothes {
  Color skin, hair, shirt, trousers, shoes;
  bool long_sleeves = false;
  bool shorts = false;
  bool long_hair = false;
  bool bald = false;
};

/// Joint positions. Index 0 of a pair is the left side.
struct Skeleton {
  Vec3 pelvis, waist, neck, head;
  std::array<Vec3, 2> shoulder, elbow, wrist, fingertip, hip, knee, ankle, toe;
  Vec3 head_up, head_front, chest_front;
};

/// A grown person of 1.50 to 1.95 m with proportions after Winter, Biomechanics and Motor Control of Human Movement,
/// each varied by some percent.
Body random_body(base::Random& random);
Clothes random_clothes(base::Random& random);

}  // namespace gerund::synth
