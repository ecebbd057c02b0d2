#include "synth/story.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/utf8.h"
#include "media/video_writer.h"
#include "synth/actions.h"
#include "synth/clip_drawer.h"
#include "synth/scene.h"

namespace gerund::synth {
namespace {

void check_story(const std::filesystem::path& path, const std::vector<StoryAct>& acts, const StoryOptions& options) {
  if (path.extension() == ".json")
    throw base::UserError(fmt::format("{}: .json is the ending of the truth file; use .avi or .mp4", path.string()));
  if (acts.empty()) throw base::UserError("--story: is empty; name at least one action and its seconds");
  for (const StoryAct& act : acts) {
    check_action("--story", act.action);
    if (!(act.seconds >= 1 && act.seconds <= 600))
      throw base::UserError(fmt::format("--story: {} lasts {} seconds; allowed: 1 to 600", act.action, act.seconds));
  }
  check_picture(options.width, options.height, options.fps);
}

Variation story_variation() {
  Variation variation;
  variation.furniture_share = 0;
  return variation;
}

double seconds_of(const std::vector<StoryAct>& acts) {
  double seconds = 0;
  for (const StoryAct& act : acts) seconds += act.seconds;
  return seconds;
}

std::string truth_text(const std::vector<Interval>& shown) {
  auto truth = nlohmann::ordered_json::array();
  for (const Interval& interval : shown)
    truth.push_back(
        {{"label", interval.label}, {"start_seconds", interval.start_seconds}, {"end_seconds", interval.end_seconds}});
  return base::json_text(truth, 1) + "\n";
}

}  // namespace

Scene story_scene(const std::vector<StoryAct>& acts, const StoryOptions& options) {
  base::Random random = base::Random::keyed({options.seed, 0});
  const Body body = random_body(random);
  Script script = story_script(acts, body, story_variation(), random);
  base::Random around = base::Random::keyed({options.seed, 1});
  Scene scene = random_scene(std::move(script), seconds_of(acts), options.height, story_variation(), around);
  scene.camera.follow = 1;  // Acts that travel would lead out of the picture one after the other.
  return scene;
}

void draw_story(const std::filesystem::path& path, const std::vector<StoryAct>& acts, const StoryOptions& options,
                base::Progress& progress) {
  check_story(path, acts, options);
  const double seconds = seconds_of(acts);
  Scene scene = story_scene(acts, options);
  const std::vector<Interval> shown = scene.script.intervals(seconds);
  const ScenePainter painter(std::move(scene), options.width, options.height, story_variation(), options.seed);
  const bool avi = path.extension() == ".avi";
  media::VideoWriter writer(path, {.width = options.width,
                                   .height = options.height,
                                   .fps = options.fps,
                                   .codec = avi ? media::Codec::mpeg4 : media::Codec::h264});
  const int64_t num_frames = std::llround(seconds * options.fps);
  progress.start("Drawing a story", num_frames, "frame");
  for (int64_t i = 0; i < num_frames; ++i) {
    if (base::interrupted()) throw base::Interrupted("drawing was interrupted; nothing was written");
    writer.push(painter.paint(static_cast<double>(i) / options.fps));
    progress.update(i + 1);
  }
  writer.finish();
  std::filesystem::path truth = path;
  base::write_file(truth.replace_extension(".json"), truth_text(shown));
  progress.finish();
}

}  // namespace gerund::synth
