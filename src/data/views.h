// data/views.h - the clips of a view (center, conv, all) of every video, decoded ahead: what evaluation and inference
// read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/workers.h"
#include "clip/recipe.h"
#include "clip/sampler.h"
#include "data/clip_cache.h"
#include "data/dataset.h"
#include "data/probe.h"
#include "tensor/tensor.h"

namespace gerund::data {

struct ViewOptions {
  clip::View view = clip::View::center;
  int num_segments = 10;       ///< Clips per video of conv with consecutive sampling, >= 1.
  int num_workers = 2;         ///< Threads that make clips, >= 0; 0: next() makes them itself.
  ClipCache* cache = nullptr;  ///< Keeps decoded videos for the next time; changes no bit. Must outlive the loader.
};

/// Some clips of one video, one after the other.
struct ViewClips {
  int64_t item_index = 0;  ///< Position in the items given.
  /// For each clip, for each input of the network: float32 [C, T, H, W] or [C * T, H, W]; T differs for `all` of 3D.
  std::vector<std::vector<tensor::Tensor>> clips;
  bool last = true;              ///< No more clips of this video follow.
  std::optional<Broken> broken;  ///< Set where the video does not decode; then there are no clips.
};

/// The clips of all videos in the order of the items, whatever num_workers is. A video with many clips comes in several
/// parts, so that memory stays bounded.
///
/// Threads: use from one thread; makes options.num_workers of its own.
/// Owns:    some clips per worker that wait.
class ViewLoader {
 public:
  /// `items` are probed: num_frames >= 1. Throws UserError for an option out of range.
  ViewLoader(std::vector<Item> items, clip::Recipes recipes, const ViewOptions& options);

  /// The next part, or nullopt after the last video.
  std::optional<ViewClips> next();

 private:
  // The clips [first, stop) of an item's view.
  struct Part {
    int64_t item_index = 0;
    size_t first = 0;
    size_t stop = 0;
    bool last = true;
  };

  void plan_parts(int64_t item_index);
  ViewClips make_part(const Part& part) const;

  const std::vector<Item> items_;
  const clip::Recipes recipes_;
  const ViewOptions options_;
  std::vector<Part> parts_;
  std::unique_ptr<base::OrderedWorkers<ViewClips>> workers_;  // Last: its threads read what stands above.
};

}  // namespace gerund::data
