#include "synth/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/utf8.h"
#include "base/workers.h"
#include "synth/actions.h"
#include "synth/clip_drawer.h"

namespace gerund::synth {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kDrawingVersion = 1;  // Goes up when the same options would give other pictures.

void refuse(const char* option, double value, const std::string& allowed) {
  throw base::UserError(fmt::format("{}: {} is out of range; allowed: {}", option, value, allowed));
}

/// The numbers of clips for train, val and test in each class.
std::array<int, 3> split_sizes(const DatasetOptions& options) {
  const int train = static_cast<int>(std::lround(options.clips_per_class * options.train_share));
  const int val = std::min(static_cast<int>(std::lround(options.clips_per_class * options.val_share)),
                           options.clips_per_class - train);
  return {train, val, options.clips_per_class - train - val};
}

const char* split_of(const std::array<int, 3>& sizes, int clip) {
  if (clip < sizes[0]) return "train";
  return clip < sizes[0] + sizes[1] ? "val" : "test";
}

ClipOptions clip_options(const DatasetOptions& options, const DatasetClip& clip) {
  return {.action = clip.action,
          .seed = clip.seed,
          .width = options.width,
          .height = options.height,
          .fps = options.fps,
          .seconds = clip.seconds,
          .variation = options.variation};
}

/// All that decides what the files hold. Two runs with equal values write equal files.
Json options_json(const DatasetOptions& options) {
  const Variation& v = options.variation;
  static_assert(sizeof(Variation) == 22 * sizeof(double), "list the new knob below");
  return {{"drawing_version", kDrawingVersion},
          {"actions", options.actions},
          {"clips_per_class", options.clips_per_class},
          {"train_share", options.train_share},
          {"val_share", options.val_share},
          {"seed", options.seed},
          {"width", options.width},
          {"height", options.height},
          {"fps", options.fps},
          {"min_seconds", options.min_seconds},
          {"max_seconds", options.max_seconds},
          {"codec", options.codec == media::Codec::mpeg4 ? "mpeg4" : "h264"},
          {"variation", {v.rest_share_min, v.rest_share_max,  v.center_rest_share, v.step_seconds, v.prop_share,
                         v.bar_share,      v.furniture_share, v.passerby_share,    v.roll_radians, v.shake_radians,
                         v.framing_min,    v.framing_max,     v.off_center_metres, v.noise_levels, v.blur_pixels,
                         v.exposure_share, v.mirror_share,    v.indoor_share,      v.clutter,      v.texture,
                         v.contrast,       v.yaw_radians}}};
}

std::string manifest_text(const DatasetOptions& options, const std::vector<DatasetClip>& clips, bool complete) {
  Json manifest{{"options", options_json(options)}, {"complete", complete}, {"clips", Json::array()}};
  for (const DatasetClip& clip : clips) {
    Json intervals = Json::array();
    for (const Interval& shown : clip.intervals)
      intervals.push_back({{"start_seconds", shown.start_seconds}, {"end_seconds", shown.end_seconds}});
    manifest["clips"].push_back({{"path", clip.path.generic_string()},
                                 {"action", clip.action},
                                 {"seed", clip.seed},
                                 {"seconds", clip.seconds},
                                 {"intervals", std::move(intervals)}});
  }
  return base::json_text(manifest, 1) + "\n";
}

/// Throws where the folder holds anything but a data set of the same options.
void check_folder(const DatasetOptions& options, const fs::path& manifest) {
  if (!fs::exists(options.folder) || fs::is_empty(options.folder)) return;
  const std::string remedy = "choose another folder, or remove this one";
  if (!fs::exists(manifest))
    throw base::UserError(
        fmt::format("{}: is not empty and holds no manifest.json of drawn clips; {}", options.folder.string(), remedy));
  const Json seen = Json::parse(base::read_file(manifest), nullptr, false);
  const Json wanted = options_json(options);
  if (seen.is_object() && seen.contains("options") && seen["options"] == wanted) return;
  std::string differs;
  for (const auto& [name, value] : wanted.items())
    if (!seen.is_object() || !seen.contains("options") || !seen["options"].contains(name) ||
        seen["options"][name] != value)
      differs += (differs.empty() ? "" : ", ") + name;
  throw base::UserError(
      fmt::format("{}: holds clips drawn with other options ({}); {}", manifest.string(), differs, remedy));
}

/// Writes one clip. Throws Interrupted between frames; the writer then leaves nothing behind.
void write_clip(const DatasetOptions& options, const DatasetClip& clip) {
  const fs::path path = options.folder / clip.path;
  const ClipDrawer drawer(clip_options(options, clip));
  media::VideoWriter writer(
      path, {.width = options.width, .height = options.height, .fps = options.fps, .codec = options.codec});
  for (int64_t i = 0; i < drawer.num_frames(); ++i) {
    if (base::interrupted()) throw base::Interrupted("drawing was interrupted; the same command goes on from here");
    writer.push(drawer.draw(i));
  }
  writer.finish();
}

}  // namespace

void check_dataset_options(const DatasetOptions& options) {
  if (options.folder.empty()) throw base::UserError("folder: is empty; name the folder to draw into");
  if (options.actions.empty()) throw base::UserError("--actions: is empty; name at least one action");
  for (const std::string& action : options.actions) check_action("--actions", action);
  if (std::set<std::string>(options.actions.begin(), options.actions.end()).size() != options.actions.size())
    throw base::UserError("--actions: names an action twice; name each once");
  if (options.clips_per_class < 1 || options.clips_per_class > 100000)
    refuse("--clips", options.clips_per_class, "1 to 100000");
  if (!(options.train_share >= 0 && options.train_share <= 1)) refuse("--train", options.train_share, "0 to 1");
  if (!(options.val_share >= 0 && options.val_share + options.train_share <= 1 + 1e-9))
    refuse("--val", options.val_share, "0 to what --train leaves of 1");
  check_picture(options.width, options.height, options.fps);
  if (!(options.min_seconds >= 1 && options.min_seconds <= 600))
    refuse("--min-seconds", options.min_seconds, "1 to 600");
  if (!(options.max_seconds >= options.min_seconds && options.max_seconds <= 600))
    refuse("--max-seconds", options.max_seconds, "--min-seconds to 600");
  if (options.num_threads < 0 || options.num_threads > 1024) refuse("--threads", options.num_threads, "0 to 1024");
}

std::vector<DatasetClip> plan_dataset(const DatasetOptions& options) {
  check_dataset_options(options);
  const auto& names = action_names();
  const auto sizes = split_sizes(options);
  const char* extension = options.codec == media::Codec::mpeg4 ? "avi" : "mp4";
  std::vector<DatasetClip> clips;
  for (const std::string& action : options.actions) {
    const auto class_index = static_cast<uint64_t>(std::find(names.begin(), names.end(), action) - names.begin());
    for (int i = 0; i < options.clips_per_class; ++i) {
      base::Random random = base::Random::keyed({options.seed, class_index, static_cast<uint64_t>(i)});
      DatasetClip clip;
      clip.action = action;
      clip.path = fs::path(split_of(sizes, i)) / action / fmt::format("{}_{:04d}.{}", action, i, extension);
      clip.seed = random.next() >> 11;
      // Whole frames, so that the manifest's length is the file's.
      const double seconds = random.uniform(options.min_seconds, options.max_seconds);
      clip.seconds = std::max(1.0, std::round(seconds * options.fps)) / options.fps;
      clip.intervals = clip_intervals(clip_options(options, clip));
      clips.push_back(std::move(clip));
    }
  }
  return clips;
}

DatasetSummary draw_dataset(const DatasetOptions& options, base::Progress& progress) {
  const std::vector<DatasetClip> clips = plan_dataset(options);
  const auto sizes = split_sizes(options);
  const int num_classes = static_cast<int>(options.actions.size());
  DatasetSummary summary{sizes[0] * num_classes,          sizes[1] * num_classes, sizes[2] * num_classes, 0, 0,
                         options.folder / "manifest.json"};
  check_folder(options, summary.manifest);
  base::write_file(summary.manifest, manifest_text(options, clips, false));
  progress.start("Drawing clips", static_cast<int64_t>(clips.size()), "clip");
  const int num_threads = options.num_threads > 0 ? options.num_threads : base::num_cores();
  base::OrderedWorkers<bool> workers(static_cast<int64_t>(clips.size()), num_threads, int64_t{4} * num_threads,
                                     [&](int64_t i) {
                                       const DatasetClip& clip = clips[static_cast<size_t>(i)];
                                       if (fs::exists(options.folder / clip.path)) return false;
                                       write_clip(options, clip);
                                       return true;
                                     });
  while (const std::optional<bool> drawn = workers.next()) {
    ++(*drawn ? summary.num_drawn : summary.num_kept);
    progress.update(summary.num_drawn + summary.num_kept);
  }
  progress.finish();
  base::write_file(summary.manifest, manifest_text(options, clips, true));
  return summary;
}

}  // namespace gerund::synth
