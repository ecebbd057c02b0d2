// clip/resizing.h - the first step from a frame to network input: the resize, before anything is cut out.
#pragma once

#include <string>
#include <utility>

#include "clip/augment.h"
#include "clip/recipe.h"

namespace gerund::clip {

/// To what size a recipe resizes a frame. It depends on the frame alone, not on chance, so resized frames can be kept
/// (data/clip_cache.h) and every clip be cut out of them.
class Resizing {
 public:
  /// As evaluation and live video resize.
  explicit Resizing(const Recipe& recipe);
  /// As training resizes.
  Resizing(const Recipe& recipe, const Augment& augment);

  /// Width and height that a frame of this size is given.
  std::pair<int, int> size_of(int width, int height) const;
  /// The same text for the same sizes of all frames: "short edge 256, at least 224x224".
  std::string name() const;

 private:
  enum class Rule {
    exact,       // width_ x height_.
    short_edge,  // The short edge is made short_edge_.
    cover,       // So, or larger where width_ x height_ would not fit into it otherwise.
    fit,         // The largest size inside of width_ x height_ with the aspect ratio kept.
  };
  Rule rule_;
  int width_;
  int height_;
  int short_edge_;
};

}  // namespace gerund::clip
