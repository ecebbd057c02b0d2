// clip/assemble.h - the one path from frames to network input, for training, evaluation and live video alike.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "base/random.h"
#include "clip/augment.h"
#include "clip/pixel_values.h"
#include "clip/recipe.h"
#include "clip/resize.h"
#include "clip/resizing.h"
#include "tensor/frame.h"
#include "tensor/tensor.h"

namespace gerund::clip {

enum class FrameStage {
  decoded,
  resized,  ///< To Resizing::size_of its decoded size, with clip::resize.
};

/// One clip's input, made of one frame at a time: resize (PIL-antialiased bilinear), crop, /255, normalise. A frame
/// that is smaller than the crop, even with its short edge resized, is enlarged until the crop fits: the reference
/// toolkit fails there. The bits are the same whatever the stage of the frames that it is given.
///
/// Threads: none.
/// Owns:    the input; at most one frame on the way.
class Assembly {
 public:
  /// As evaluation and live video make it. `num_frames` >= 1 is T, whatever the recipe says.
  Assembly(const Recipe& recipe, int64_t num_frames);
  /// With the random crop and flip of training, drawn here once for all frames.
  Assembly(const Recipe& recipe, const Augment& augment, int64_t num_frames, base::Random& random);

  /// Frame t of [0, T). Frames may differ in size, and come in any order. Of flow, red is u, green is v and blue is of
  /// no meaning.
  void put(int64_t t, const tensor::FrameView& frame, FrameStage stage = FrameStage::decoded);
  /// float32 [C, T, H, W] or [C * T, H, W] by recipe.input_type, frames that were not put being of any values. Leaves
  /// the assembly empty.
  tensor::Tensor take() { return std::move(input_); }

 private:
  // Where a crop of training lies, in terms of the room that it has, so that frames of different sizes are cropped
  // alike.
  struct Place {
    double x = 0;  // random_crop: 0..1 of width - crop width. multi_scale_crop: quarters of it, 0..4.
    double y = 0;
    double scale = 1;  // Multi-scale: the crop's side relative to the short edge.
  };

  Rectangle part_of(int width, int height) const;
  void store(int64_t t, const tensor::FrameView& frame, int left, int top);

  Recipe recipe_;
  Resizing resizing_;
  PixelValues values_;
  int64_t num_frames_;
  std::optional<TrainCrop> crop_;  // nullopt: evaluation.
  Place place_;
  bool flip_ = false;
  tensor::Tensor input_;
};

/// The input that Assembly makes of these frames, at least one, as evaluation does. T is frames.size().
tensor::Tensor assemble(const Recipe& recipe, std::span<const tensor::Frame> frames);

/// One frame of such an input, float32 [3, H, W]: what live video prepares once and every window that holds the frame
/// shares. Frame t of a clip is its planes at [c, t].
tensor::Tensor prepare_planes(const Recipe& recipe, const tensor::Frame& frame);

/// assemble() with the random crop and flip of training.
tensor::Tensor assemble_augmented(const Recipe& recipe, const Augment& augment, std::span<const tensor::Frame> frames,
                                  base::Random& random);

}  // namespace gerund::clip
