#include "deploy/config_fields.h"

#include <algorithm>

#include "infer/engine.h"
#include "serve/limits.h"

namespace gerund::deploy {
namespace {

using clip::InputType;
using clip::ResizeMode;
using clip::SampleStrategy;
using spec::anything;
using spec::at_least;
using spec::between;
using spec::more_than;
using spec::one_of;

constexpr double kMost = 65536;
constexpr double kLongestSide = 16384;

spec::Range of_lengths(spec::Range range, std::vector<size_t> lengths) {
  range.lengths = std::move(lengths);
  return range;
}

// clang-format off
void add_top(FieldSet& row, AppConfig& c) {
  row("model", c.model, anything(), "The network: an ONNX file.");
  row("labels", c.labels, anything(), "Class names by index, or a file that has them (lines, ';', CSV, JSON); []: the model's own.");
  row("input_name", c.input_name, anything(), "The model input that is expected; null: whatever it has.");
  row.named("compat", c.exact, {{false, "improved"}, {true, "exact"}}, "exact: what DeepStream's sample does, flicker and all.");
  row("strict", c.strict, anything(), "Contradictions between this file and the model are errors, not warnings.");
}

void add_window(FieldSet& row, WindowConfig& w) {
  row("window.stride", w.stride, between(0, kMost), "Frames (after subsampling) from window to window; 0: half a window.");
  row("window.subsample", w.subsample, between(-1, kMost), "Frames left out between two taken ones; -1: as the model was trained.");
  row("window.sample_fps", w.sample_fps, between(-1, 1000), "Samples per second; 0: windows count frames, as above; -1: as the model was trained.");
  row("window.hop_seconds", w.hop_seconds, between(serve::kShortestSeconds, serve::kLongestSeconds), "From window to window where sample_fps counts.");
  row("window.max_gap_seconds", w.max_gap_seconds, between(serve::kShortestSeconds, serve::kLongestGapSeconds), "A longer hole in the timestamps starts a new window.");
  row("window.at_end", w.at_end, one_of({"drop", "pad", "pad-short"}), "Frames left at the end of a stream: dropped, or filled up with the last one (pad-short: only where the stream was too short for any window).");
  row("window.interval", w.interval, between(0, kMost), "Frames passed over between two that are looked at.");
}

void add_engine(FieldSet& row, EngineConfig& e) {
  row("engine.name", e.name, anything(), "What runs the network; auto: the fastest that can.");
  row("engine.num_threads", e.num_threads, between(0, 1024), "Threads of the arithmetic; 0: all cores.");
  row("engine.precision", e.precision, one_of(infer::precision_names()), infer::kPrecisionHelp);
  row("engine.max_batch", e.max_batch, between(0, serve::kMostBatch), "Windows of one run; 0: one per source for live sources, 1 for files.");
  row("engine.max_wait_ms", e.max_wait_ms, between(0, serve::kLongestWaitMs), "How long a window waits for others to share its run.");
  row("engine.overload", e.overload, one_of({"auto", "block", "newest", "skip"}), "What becomes of windows that wait too long.");
  row("engine.activation", e.activation, one_of({"auto", "softmax", "sigmoid", "none"}), "From the network's output to scores.");
}

void add_events(FieldSet& row, EventConfig& e) {
  row("events.threshold", e.threshold, between(0, serve::kLargestScore), "Score at which an action begins, 0..1; with compat exact of the network's raw numbers, which may be above 1.");
  row("events.exit_threshold", e.exit_threshold, between(-1, serve::kLargestScore), "Score below which it ends; -1: 0.8 of threshold.");
  row("events.smoothing", e.smoothing, one_of({"none", "ema", "mean", "vote"}), "Over windows: none, a moving average (ema), mean or vote of the last ones.");
  row("events.alpha", e.alpha, between(serve::kSmallestAlpha, 1), "Weight of the newest window in ema.");
  row("events.smoothing_windows", e.smoothing_windows, between(1, serve::kMostSmoothingWindows), "Windows of mean and vote.");
  row("events.min_seconds", e.min_seconds, between(0, serve::kLongestSeconds), "Shorter actions are not told of.");
  row("events.hold_seconds", e.hold_seconds, between(0, serve::kLongestSeconds), "How long an action outlives its last good window.");
  row("events.ignore", e.ignore, anything(), "Labels that stand for nothing, as [background, idle].");
  row("events.every_window", e.every_window, anything(), "Tells of each window as well.");
}

void add_output(FieldSet& row, OutputConfig& o) {
  row("output.out", o.out, anything(), "Where the tiled picture goes, as [out.mp4, rtsp://:8554/live].");
  row("output.events", o.events, anything(), "Where events go as JSON lines: '-' (stdout), a file or FIFO, or '' for nowhere.");
  row("output.width", o.width, between(2, kLongestSide), "Of the tiled picture, pixels, even.");
  row("output.height", o.height, between(2, kLongestSide), "Of the tiled picture, pixels, even.");
  row("output.fps", o.fps, between(0, 1000), "Of the tiled picture; 0: the fastest source's, 30 at most.");
  row("output.display", o.display, anything(), "A window where there is a display and out is empty.");
  row("output.real_time", o.real_time, anything(), "The window follows the clock.");
  row("output.fps_line", o.fps_line, anything(), "Frames per second of each source on the terminal.");
  row("output.draw_regions", o.draw_regions, anything(), "Frames around the regions.");
  row("output.debug", o.debug, between(0, 2), "1, 2: every window on stderr.");
}
// clang-format on

}  // namespace

void FieldSet::operator()(const char* key, int& member, spec::Range range, const char* help) {
  int64_t& held = counts_.emplace_back(member);
  (*this)(key, held, std::move(range), help);
  stores_.emplace_back([&held, &member] { member = static_cast<int>(held); });
}

template <typename T>
void FieldSet::named(const char* key, T& member, const std::vector<std::pair<T, std::string>>& names,
                     const char* help) {
  std::vector<std::string> choices;
  std::string& held = names_.emplace_back();
  for (const auto& [value, name] : names) {
    choices.push_back(name);
    if (value == member) held = name;
  }
  (*this)(key, held, one_of(choices), help);
  stores_.emplace_back([&held, &member, names] {
    for (const auto& [value, name] : names) {
      if (name == held) member = value;
    }
  });
}

const spec::Field* FieldSet::find(const std::string& key) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const spec::Field& f) { return f.key == key; });
  return found == fields_.end() ? nullptr : &*found;
}

void FieldSet::store() const {
  for (const auto& store : stores_) store();
}

FieldSet config_fields(AppConfig& config) {
  FieldSet row;
  add_top(row, config);
  add_window(row, config.window);
  add_engine(row, config.engine);
  add_events(row, config.events);
  add_output(row, config.output);
  return row;
}

// clang-format off
FieldSet recipe_fields(clip::Recipe& r) {
  FieldSet row;
  row.named("recipe.input_type", r.input_type, {{InputType::stacked_2d, "2d"}, {InputType::volume_3d, "3d"}}, "2d stacks the frames of a clip as channels; 3d convolves over time.");
  row("recipe.num_frames", r.num_frames, between(1, kMost), "Frames of one window.");
  row("recipe.height", r.height, between(1, kMost), "Of the network's input, pixels.");
  row("recipe.width", r.width, between(1, kMost), "Of the network's input, pixels.");
  row.named("recipe.sample_strategy", r.sample_strategy, {{SampleStrategy::random_interval, "random_interval"}, {SampleStrategy::consecutive, "consecutive"}}, "How training picked frames: spread over the video, or one after another.");
  row("recipe.sample_rate", r.sample_rate, between(1, kMost), "Every how many frames one is taken (consecutive).");
  row.named("recipe.resize_mode", r.resize_mode, {{ResizeMode::squash, "squash"}, {ResizeMode::center_crop, "center_crop"}, {ResizeMode::letterbox, "letterbox"}, {ResizeMode::letterbox_center, "letterbox_center"}}, "How a picture becomes the input's size; letterbox keeps the aspect ratio and fills with black.");
  row("recipe.crop_smaller_edge", r.crop_smaller_edge, between(1, kMost), "Short edge before a center_crop, pixels.");
  row("recipe.mean", r.mean, of_lengths(anything(), {0, 3}), "Subtracted per channel from pixels of 0 to 1.");
  row("recipe.std", r.std, of_lengths(more_than(0), {0, 3}), "Divides after that.");
  return row;
}

FieldSet source_fields(SourceConfig& s) {
  FieldSet row;
  row("uri", s.uri, anything(), "file://, http(s)://, rtsp(s)://, v4l2:// or a path.");
  row("name", s.name, anything(), "Names the source in events; '': its position, 0, 1, ...");
  row("loop", s.loop, anything(), "true: a file begins anew at its end.");
  row("is_watched", s.is_watched, anything(), "false: shown, but not looked at.");
  return row;
}

FieldSet region_fields(RegionConfig& r) {
  FieldSet row;
  row("id", r.id, anything(), "Names the region in events; not given: its position, 0, 1, ...");
  row("x", r.x, at_least(0), "Left edge, as a share of the picture's width.");
  row("y", r.y, at_least(0), "Top edge, as a share of its height.");
  row("width", r.width, more_than(0), "As a share of the picture's width.");
  row("height", r.height, more_than(0), "As a share of its height.");
  row("in_pixels", r.in_pixels, anything(), "The four numbers are pixels of the source's own picture.");
  return row;
}
// clang-format on

clip::Recipe default_recipe() {
  clip::Recipe recipe;
  recipe.sample_strategy = SampleStrategy::consecutive;
  return recipe;
}

const std::vector<std::pair<std::string, std::string>>& section_help() {
  static const std::vector<std::pair<std::string, std::string>> kHelp = {
      {"", "The model."},
      {"recipe", "How frames become the network's input, for models that do not say so; null: the model's own."},
      {"sources", "Videos and cameras. An item is a URI, or a block with these keys."},
      {"regions", "Parts of a source's picture that are looked at by themselves; none: all of it."},
      {"window", "Which frames the network sees together."},
      {"engine", "What runs the network."},
      {"events", "When an action begins and ends."},
      {"output", "Pictures and events out."},
  };
  return kHelp;
}

}  // namespace gerund::deploy
