// clip/augment.h - what training does to clips beyond the recipe.
#pragma once

#include <vector>

namespace gerund::clip {

enum class TrainCrop {
  random_crop,       ///< Short edge to crop_smaller_edge, then a random H x W.
  multi_scale_crop,  ///< Short edge to crop_smaller_edge, then a square of one of `scales` at one of 13 fixed places,
                     ///< resized to H x W. A square larger than the frame is cut down to it.
  no_crop,           ///< Both sides to H x W, the aspect ratio is not kept.
};

/// One decision per clip, the same for all its frames.
struct Augment {
  TrainCrop crop = TrainCrop::random_crop;
  std::vector<double> scales{1.0};    ///< Of multi_scale_crop: sides relative to the short edge.
  double horizontal_flip_prob = 0.5;  ///< 0..1.
  bool negate_flipped_flow = true;    ///< What moves to the left moves to the right in a mirror. The reference toolkit
                                      ///< mirrors the pictures alone.
};

}  // namespace gerund::clip
