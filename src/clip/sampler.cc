#include "clip/sampler.h"

#include <algorithm>
#include <numeric>

namespace gerund::clip {
namespace {

// The formulas of the reference toolkit; N frames in the video, L in the clip, r their stride.

FrameIndices wrapped_run(int64_t start, int64_t length, int64_t rate, int64_t num_frames) {
  FrameIndices indices;
  for (int64_t i = 0; i < length; ++i) indices.push_back((start + i * rate) % num_frames);
  return indices;
}

// Starts of a run of L frames with stride r that fit into N frames: [0, num_starts), at least the one at 0.
int64_t num_starts(const Recipe& recipe, int64_t num_frames) {
  return std::max<int64_t>(1, num_frames - static_cast<int64_t>(recipe.num_frames) * recipe.sample_rate + 1);
}

FrameIndices train_random_interval(int64_t length, int64_t num_frames, base::Random& random) {
  const int64_t interval = num_frames / length;
  FrameIndices indices;
  for (int64_t i = 0; i < length; ++i)
    indices.push_back(interval == 0 ? random.below(num_frames) : i * interval + random.below(interval));
  std::sort(indices.begin(), indices.end());
  return indices;
}

FrameIndices center_random_interval(int64_t length, int64_t num_frames) {
  const double interval = static_cast<double>(num_frames) / static_cast<double>(length);
  FrameIndices indices;
  for (int64_t i = 0; i < length; ++i)
    indices.push_back(static_cast<int64_t>(interval / 2 + interval * static_cast<double>(i)));
  return indices;
}

FrameIndices center_consecutive(const Recipe& recipe, int64_t num_frames) {
  const int64_t last = num_frames - static_cast<int64_t>(recipe.num_frames) * recipe.sample_rate + 1;
  return wrapped_run(last > 0 ? last / 2 : 0, recipe.num_frames, recipe.sample_rate, num_frames);
}

std::vector<FrameIndices> conv_consecutive(const Recipe& recipe, int64_t num_frames, int num_segments) {
  const int64_t span = static_cast<int64_t>(recipe.num_frames) * recipe.sample_rate;
  if (num_frames <= span - 1) return {wrapped_run(0, recipe.num_frames, recipe.sample_rate, num_frames)};
  const double tick = static_cast<double>(num_frames - span + 1) / num_segments;
  std::vector<FrameIndices> clips;
  clips.reserve(static_cast<size_t>(num_segments));
  for (int segment = 0; segment < num_segments; ++segment) {
    clips.push_back(wrapped_run(static_cast<int64_t>(tick / 2 + tick * segment), recipe.num_frames, recipe.sample_rate,
                                num_frames));
  }
  return clips;
}

// Every phase of the interval grid.
std::vector<FrameIndices> phases_random_interval(int64_t length, int64_t num_frames) {
  const int64_t interval = num_frames / length;
  std::vector<FrameIndices> clips;
  for (int64_t phase = 0; phase < std::max<int64_t>(interval, 1); ++phase) {
    FrameIndices indices;
    for (int64_t i = 0; i < length; ++i)
      indices.push_back(interval > 0 ? i * interval + phase : std::min(i, num_frames - 1));
    clips.push_back(std::move(indices));
  }
  return clips;
}

// Blocks of L * r frames side by side, each cut into its r phases; what is left at the end is dropped.
std::vector<FrameIndices> all_consecutive_2d(const Recipe& recipe, int64_t num_frames) {
  const int64_t span = static_cast<int64_t>(recipe.num_frames) * recipe.sample_rate;
  std::vector<FrameIndices> clips;
  for (int64_t block = 0; block < num_frames / span; ++block) {
    for (int64_t phase = 0; phase < recipe.sample_rate; ++phase) {
      clips.push_back(wrapped_run(block * span + phase, recipe.num_frames, recipe.sample_rate, num_frames));
    }
  }
  if (clips.empty()) clips.push_back(wrapped_run(0, recipe.num_frames, recipe.sample_rate, num_frames));
  return clips;
}

std::vector<FrameIndices> all_clips(const Recipe& recipe, int64_t num_frames) {
  const bool consecutive = recipe.sample_strategy == SampleStrategy::consecutive;
  if (recipe.input_type == InputType::stacked_2d) {
    return consecutive ? all_consecutive_2d(recipe, num_frames) : phases_random_interval(recipe.num_frames, num_frames);
  }
  if (!consecutive) return {center_random_interval(recipe.num_frames, num_frames)};
  return {wrapped_run(0, num_frames, 1, num_frames)};
}

// Where the frame `back` (>= 1) places before a clip lies, below 0 where that is before the video.
int64_t frame_before(const Recipe& recipe, const FrameIndices& clip, int64_t num_frames, int64_t back,
                     base::Random& random) {
  if (recipe.sample_strategy == SampleStrategy::consecutive) return clip.front() - back * recipe.sample_rate;
  const int64_t interval = std::max<int64_t>(1, num_frames / recipe.num_frames);
  return -back * interval + random.below(interval);
}

// An index outside the video, as if it ran forwards and backwards for ever: -1 is 1, num_frames is num_frames - 2.
int64_t mirrored(int64_t index, int64_t num_frames) {
  if (num_frames == 1) return 0;
  const int64_t period = 2 * (num_frames - 1);
  const int64_t inside = (index % period + period) % period;
  return std::min(inside, period - inside);
}

}  // namespace

namespace {

/// Position of the input of more frames; of equal ones the first.
size_t longer_input(const Recipes& recipes) {
  return recipes.size() == 2 && recipes[1].num_frames > recipes[0].num_frames ? 1 : 0;
}

FrameIndices at_places(const FrameIndices& longer, const FrameIndices& places) {
  FrameIndices picked;
  for (const int64_t place : places) picked.push_back(longer[static_cast<size_t>(place)]);
  return picked;
}

/// `length` neighbours from the middle of the frames of the longer input.
FrameIndices middle_of(const FrameIndices& longer, int64_t length) {
  const auto first = longer.begin() + (static_cast<int64_t>(longer.size()) - length + 1) / 2;
  return {first, first + length};
}

/// The indices of all inputs, those of the longer one given, those of a shorter one by `pick(longer, length)`.
template <typename Pick>
ClipIndices with_shorter(const Recipes& recipes, FrameIndices longer, Pick pick) {
  if (recipes.size() == 1) return {std::move(longer)};
  const size_t at = longer_input(recipes);
  FrameIndices shorter = pick(longer, recipes[1 - at].num_frames);
  return at == 0 ? ClipIndices{std::move(longer), std::move(shorter)}
                 : ClipIndices{std::move(shorter), std::move(longer)};
}

}  // namespace

FrameIndices sample_train(const Recipe& recipe, int64_t num_frames, base::Random& random) {
  if (recipe.sample_strategy == SampleStrategy::random_interval)
    return train_random_interval(recipe.num_frames, num_frames, random);
  return wrapped_run(random.below(num_starts(recipe, num_frames)), recipe.num_frames, recipe.sample_rate, num_frames);
}

FrameIndices sample_train_with_history(const Recipe& recipe, int64_t num_frames, int64_t history,
                                       base::Random& random) {
  const FrameIndices clip = sample_train(recipe, num_frames, random);
  FrameIndices indices;
  for (int64_t back = history; back > 0; --back)
    indices.push_back(mirrored(frame_before(recipe, clip, num_frames, back, random), num_frames));
  indices.insert(indices.end(), clip.begin(), clip.end());
  return indices;
}

std::vector<FrameIndices> sample_view(const Recipe& recipe, View view, int64_t num_frames, int num_segments) {
  const bool consecutive = recipe.sample_strategy == SampleStrategy::consecutive;
  switch (view) {
    case View::center:
      return {consecutive ? center_consecutive(recipe, num_frames)
                          : center_random_interval(recipe.num_frames, num_frames)};
    case View::conv:
      return consecutive ? conv_consecutive(recipe, num_frames, num_segments)
                         : phases_random_interval(recipe.num_frames, num_frames);
    case View::all:
      return all_clips(recipe, num_frames);
  }
  return {};
}

ClipIndices sample_train(const Recipes& recipes, int64_t num_frames, int64_t history, base::Random& random) {
  const Recipe& recipe = recipes[longer_input(recipes)];
  return with_shorter(recipes, sample_train_with_history(recipe, num_frames, history, random),
                      [&](const FrameIndices& longer, int64_t length) {
                        if (recipe.sample_strategy == SampleStrategy::consecutive) return middle_of(longer, length);
                        return at_places(longer,
                                         train_random_interval(length, static_cast<int64_t>(longer.size()), random));
                      });
}

std::vector<ClipIndices> sample_view(const Recipes& recipes, View view, int64_t num_frames, int num_segments) {
  const Recipe& recipe = recipes[longer_input(recipes)];
  const bool takes_neighbours = view == View::center && recipe.sample_strategy == SampleStrategy::consecutive;
  std::vector<ClipIndices> clips;
  for (FrameIndices& longer : sample_view(recipe, view, num_frames, num_segments)) {
    clips.push_back(with_shorter(recipes, std::move(longer), [&](const FrameIndices& all, int64_t length) {
      if (takes_neighbours) return middle_of(all, length);
      return at_places(all, center_random_interval(length, static_cast<int64_t>(all.size())));
    }));
  }
  return clips;
}

}  // namespace gerund::clip
