// synth/variation.h - how much drawn clips differ from each other, and how much of an action one picture gives away.
#pragma once

namespace gerund::synth {

/// Shares and probabilities are 0..1. The defaults make the embedded data set; tune here, not in the motions.
struct Variation {
  // What one picture gives away.
  double rest_share_min = 0.18;     ///< Share of a clip spent resting and getting ready, least
  double rest_share_max = 0.28;     ///< and most. Poses of rest are common to all actions.
  double center_rest_share = 0.80;  ///< Probability that the rest lies in the middle of the clip, where T=1 looks.
  double step_seconds = 0.15;       ///< Time from one posture to the next on the way to and from an action.
  double prop_share = 0.40;         ///< Probability of a mat, a bicycle, a box that the action does not need.
  double bar_share = 0.8;           ///< The same for a pull-up bar, mostly above the person.
  // Occlusion.
  double furniture_share = 0.05;  ///< Probability of an object between camera and person.
  double passerby_share = 0.08;   ///< Probability of somebody walking past, before or behind the person.
  // Camera and picture.
  double roll_radians = 0.03;      ///< Largest tilt of the horizon.
  double shake_radians = 0.0015;   ///< Size of handheld motion.
  double yaw_radians = 0.45;       ///< Largest turn of the camera away from the person's left or right side.
  double framing_min = 0.90;       ///< Share of the picture's height that a space of 2.5 m takes, least
  double framing_max = 1.02;       ///< and most.
  double off_center_metres = 0.2;  ///< How far the person may stand from the point the camera looks at.
  double noise_levels = 4;         ///< Largest standard deviation of the sensor noise, of 255.
  double blur_pixels = 0.6;        ///< Largest sigma of the lens blur.
  double clutter = 2;              ///< Largest number of things standing around.
  double texture = 0.5;            ///< Contrast of floors and walls, 0 plain to 1 strong.
  double contrast = 0.45;          ///< Least difference between clothes and background, of the largest possible.
  double exposure_share = 0.12;    ///< Largest change of brightness, up or down.
  double mirror_share = 0.5;       ///< Probability that left and right are exchanged.
  double indoor_share = 0.55;      ///< Probability of a room rather than open air.
};

}  // namespace gerund::synth
