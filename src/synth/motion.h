// synth/motion.h - how a body moves in each action, as poses over a phase counted in cycles.
#pragma once

#include <string_view>

#include "base/random.h"
#include "synth/body.h"
#include "synth/pose.h"

namespace gerund::synth {

/// How one person does things. Shares are 0..1.
struct Manner {
  double tempo = 1;       ///< Scales the usual cycles per second, 0.8..1.25.
  double amplitude = 1;   ///< Depth of repetitions and length of steps, 0.8..1.
  double width = 0.5;     ///< Narrow to wide grip and stance.
  double lean = 0.5;      ///< Upright to bent.
  double style = 0.5;     ///< Chooses between forms of an action: hands behind the head or on the chest, ...
  int side = 0;           ///< The preferred side: 0 left, 1 right.
  double bar_height = 2;  ///< Metres from the floor to the pull-up bar.
};

Manner random_manner(const Body& body, base::Random& random);

/// Poses of rest and the steps between them; every action begins and ends near one of them.
enum class Posture { stand, squat, kneel, plank, prone, sit, supine, hang, astride };

Pose posture_pose(const Body& body, const Manner& manner, Posture posture);
/// The posture one passes on the way up to standing; stand is its own.
Posture next_up(Posture posture);

// Gait: the body stays above the origin, the floor runs back by `stride` per cycle. motion_gait.cc
Pose walk(const Body& body, const Manner& manner, double phase);
Pose run(const Body& body, const Manner& manner, double phase);
Pose push(const Body& body, const Manner& manner, double phase);
Pose ride_bike(const Body& body, const Manner& manner, double phase);
/// Metres travelled per cycle; 0 where an action stays in place.
double stride(const Body& body, const Manner& manner, std::string_view action);

/// Where a pushed box begins, metres ahead of the pelvis.
double box_distance(const Body& body, const Manner& manner);
/// Places on a bicycle, relative to the point below the saddle's rider. Metres.
struct BikePlaces {
  Vec3 saddle, crank, bar, rear_wheel, front_wheel;
  double wheel_radius = 0.33, crank_length = 0.16;
};
BikePlaces bike_places(const Body& body);

// Exercises; phase 0 is the start position. motion_floor.cc, motion_bar.cc
Pose pushup(const Body& body, const Manner& manner, double phase);
Pose situp(const Body& body, const Manner& manner, double phase);
Pose pullup(const Body& body, const Manner& manner, double phase);

// motion_stand.cc
Pose wave(const Body& body, const Manner& manner, double phase);
Pose idle(const Body& body, const Manner& manner, double phase);

/// The fall from standing (0) to lying (1). motion_fall.cc
Pose fall(const Body& body, const Manner& manner, double share);

/// The usual cycles per second of an action at tempo 1.
double usual_tempo(std::string_view action);
/// The posture in which an action begins and ends.
Posture posture_of(std::string_view action);
/// The pose of any action but fall_floor.
Pose action_pose(std::string_view action, const Body& body, const Manner& manner, double phase);

}  // namespace gerund::synth
