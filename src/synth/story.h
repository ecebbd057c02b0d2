// synth/story.h - a longer video of several actions in a row, with the truth beside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.h"

namespace gerund::synth {

struct Scene;

struct StoryAct {
  std::string action;  ///< One of action_names().
  double seconds = 4;  ///< 1..600.
};

struct StoryOptions {
  uint64_t seed = 1;  ///< Same seed and acts, same video.
  int width = 320;    ///< Pixels, even, 32..1920.
  int height = 240;   ///< Pixels, even, 32..1080.
  double fps = 25;    ///< Frames per second, 5..60.
};

/// The scene of a story (synth/scene.h); its camera goes along with the person. `acts` as draw_story takes them.
Scene story_scene(const std::vector<StoryAct>& acts, const StoryOptions& options);

/// Draws one person doing `acts` one after the other in one scene and encodes it (.avi: MPEG-4; .mp4, .mkv, .mov:
/// H.264). Beside it, `path` with the ending .json holds the truth: a list of {label, start_seconds, end_seconds}.
/// Throws UserError where an option or act is out of range, Interrupted after Ctrl-C (then nothing is written).
void draw_story(const std::filesystem::path& path, const std::vector<StoryAct>& acts, const StoryOptions& options,
                base::Progress& progress);

}  // namespace gerund::synth
