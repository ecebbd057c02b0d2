// score/classify.h - runs a network over the clips of videos: the step that evaluation and inference share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/progress.h"
#include "clip/recipe.h"
#include "clip/sampler.h"
#include "data/clip_cache.h"
#include "data/dataset.h"
#include "data/probe.h"
#include "infer/engine.h"

namespace gerund::score {

struct ClassifyOptions {
  clip::View view = clip::View::center;
  int num_segments = 10;                ///< Clips per video of conv with consecutive sampling, >= 1.
  int64_t batch_size = 1;               ///< Clips in one run of the network, >= 1; changes no result.
  bool gives_probabilities = false;     ///< The network's output is probabilities, not logits.
  int num_workers = 2;                  ///< Threads that decode ahead, >= 0.
  bool strict = false;                  ///< A video that breaks in decoding is an error instead of being left out.
  std::string title = "Running clips";  ///< What the progress is called.
  data::ClipCache* cache = nullptr;     ///< Keeps decoded videos for the next run over them; changes no result.
};

/// The answer for one clip.
struct ClipScores {
  int64_t item_index = 0;             ///< Position of its video in the items given.
  std::vector<double> probabilities;  ///< By class index, sum 1.
};

/// Answers in the order of the items, and of the clips within each.
struct Classified {
  std::vector<ClipScores> clips;     ///< None of a broken video.
  std::vector<data::Broken> broken;  ///< Videos that did not decode.
};

/// Runs `engine` over the view of every item (probed: num_frames >= 1). Clips of different videos share batches where
/// their shapes are equal. Throws UserError where the network does not give `num_classes` finite logits per clip, and
/// for a broken video with options.strict; Interrupted after Ctrl-C.
Classified classify(const infer::Engine& engine, const std::vector<data::Item>& items, const clip::Recipes& recipes,
                    int64_t num_classes, const ClassifyOptions& options, base::Progress& progress);

/// The answers of one video's clips averaged, by class index. At least one clip.
std::vector<double> average(const std::vector<const ClipScores*>& clips);

/// Calls `take(clips)` for each video in order with pointers to its clips, at least one.
template <typename Take>
void for_each_video(const Classified& classified, Take take) {
  for (size_t first = 0; first < classified.clips.size();) {
    std::vector<const ClipScores*> clips;
    size_t stop = first;
    for (; stop < classified.clips.size() && classified.clips[stop].item_index == classified.clips[first].item_index;
         ++stop)
      clips.push_back(&classified.clips[stop]);
    take(clips);
    first = stop;
  }
}

}  // namespace gerund::score
