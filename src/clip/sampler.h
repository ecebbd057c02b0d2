// clip/sampler.h - which frames of a video make a clip: the index formulas of the reference toolkit.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "clip/recipe.h"

namespace gerund::clip {

/// Frame indices of one clip, each in [0, num_frames of the video).
using FrameIndices = std::vector<int64_t>;

enum class View {
  center,  ///< One clip from the middle.
  conv,    ///< num_segments clips spread over the video (consecutive), or every phase of the interval grid
           ///< (random_interval).
  all,     ///< Every clip of the video.
};

/// One clip for training. `num_frames` >= 1 is the video's. The reference toolkit's off-by-one (start drawn up to and
/// including N - L * r + 1, which wraps the last index to frame 0) is mended: the start is drawn from [0, N - L * r +
/// 1).
FrameIndices sample_train(const Recipe& recipe, int64_t num_frames, base::Random& random);

/// The same with `history` (>= 0) frames before the clip, at its spacing: random_interval draws one from each interval
/// before, consecutive steps back by the stride. Before its first frame the video is taken to run backwards from it,
/// and so on at its other end: there is always something that moves. The clip itself is the one drawn without history.
FrameIndices sample_train_with_history(const Recipe& recipe, int64_t num_frames, int64_t history, base::Random& random);

/// The clips of a view for evaluation and inference, at least one. `num_segments` >= 1 is used by conv alone.
/// Every clip has recipe.num_frames indices, but for `all` of a 3D network with consecutive sampling: one clip of the
/// whole video.
std::vector<FrameIndices> sample_view(const Recipe& recipe, View view, int64_t num_frames, int num_segments);

/// The frames of one clip for each input of a network.
using ClipIndices = std::vector<FrameIndices>;

/// One clip for training. Of a joint network the input of more frames is drawn as sample_train does, and the other's
/// are picked from among its frames: one by chance from each of equal parts (random_interval), or as many neighbours
/// from the middle (consecutive). The reference toolkit steps by sample_rate once more there; here the spacing of both
/// inputs is the same. `history` > 0 (sample_train_with_history) is for networks of one input.
ClipIndices sample_train(const Recipes& recipes, int64_t num_frames, int64_t history, base::Random& random);

/// The clips of a view, as sample_view gives them for the input of more frames. The other's are those in the middle of
/// equal parts of them; for View::center with consecutive sampling, as many neighbours from the middle.
std::vector<ClipIndices> sample_view(const Recipes& recipes, View view, int64_t num_frames, int num_segments);

}  // namespace gerund::clip
