// clip/assemble.h - the one path from frames to network input, for training, evaluation and live video alike.
#pragma once

#include <span>
#include <vector>

#include "base/random.h"
#include "clip/recipe.h"
#include "tensor/frame.h"
#include "tensor/tensor.h"

namespace gerund::clip {

enum class TrainCrop {
  random_crop,       ///< Short edge to crop_smaller_edge, then a random H x W.
  multi_scale_crop,  ///< Short edge to crop_smaller_edge, then a square of one of `scales` at one of 13 fixed places,
                     ///< resized to H x W. A square larger than the frame is cut down to it.
  no_crop,           ///< Both sides to H x W, the aspect ratio is not kept.
};

/// What training does to clips beyond the recipe. One decision per clip, the same for all its frames.
struct Augment {
  TrainCrop crop = TrainCrop::random_crop;
  std::vector<double> scales{1.0};    ///< Of multi_scale_crop: sides relative to the short edge.
  double horizontal_flip_prob = 0.5;  ///< 0..1.
};

/// The input as evaluation and live video make it: resize (PIL-antialiased bilinear), crop, /255, normalise.
/// A frame that is smaller than the crop, even with its short edge resized, is enlarged until the crop fits: the
/// reference toolkit fails there. Returns float32 [3, T, H, W] or [3 * T, H, W] by recipe.input_type; T is
/// frames.size(). Frames may differ in size.
tensor::Tensor assemble(const Recipe& recipe, std::span<const tensor::Frame> frames);

/// One frame of such an input, float32 [3, H, W]: what live video prepares once and every window that holds the frame
/// shares. Frame t of a clip is its planes at [c, t].
tensor::Tensor prepare_planes(const Recipe& recipe, const tensor::Frame& frame);

/// The same with the random crop and flip of training.
tensor::Tensor assemble_augmented(const Recipe& recipe, const Augment& augment, std::span<const tensor::Frame> frames,
                                  base::Random& random);

}  // namespace gerund::clip
