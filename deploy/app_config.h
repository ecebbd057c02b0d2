// deploy/app_config.h - all that `gerund deploy` is told: sources, model, windows, events, outputs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "clip/recipe.h"

namespace gerund::deploy {

/// A part of the picture that is looked at by itself.
struct RegionConfig {
  std::string id;  ///< Unique within its source; names the region in events.
  double x = 0;    ///< Left edge, in `in_pixels` of the source's own picture, or 0..1 of its width.
  double y = 0;
  double width = 1;   ///< > 0.
  double height = 1;  ///< > 0.
  bool in_pixels = false;

  bool operator==(const RegionConfig&) const = default;
};

struct SourceConfig {
  std::string uri;                    ///< file://, http(s)://, rtsp(s)://, v4l2:// or a path.
  std::string name;                   ///< Unique; "" becomes "0", "1", ... by position.
  std::vector<RegionConfig> regions;  ///< Empty: the whole picture.
  bool loop = false;                  ///< A file begins anew at its end.
  bool is_watched = true;             ///< false: shown, but no window is made of it (DeepStream: in no group).

  bool operator==(const SourceConfig&) const = default;
};

/// Which frames make a window. Frame counts as in the reference runtime, or, where sample_fps > 0, seconds.
struct WindowConfig {
  int stride = 0;              ///< Frames (after subsampling) from window to window; 0: half a window.
  int subsample = -1;          ///< Frames left out between two taken ones; -1: as the model was trained.
  double sample_fps = -1;      ///< Samples per second of time mode; 0: frame mode; -1: as the model was trained.
  double hop_seconds = 0.5;    ///< From window to window in time mode, > 0.
  double max_gap_seconds = 1;  ///< A longer hole in the timestamps starts a new window, > 0.
  /// Frames left at the end of a stream: "drop", "pad" (last frame repeated), "pad-short" (only where there was no
  /// window).
  std::string at_end = "pad-short";
  int interval = 0;  ///< Frames passed over between two that are looked at (DeepStream's group interval).

  bool operator==(const WindowConfig&) const = default;
};

struct EngineConfig {
  std::string name = "auto";
  int num_threads = 0;             ///< 0: all cores.
  std::string precision = "fp32";  ///< Of infer::precision_names().
  int max_batch = 0;               ///< Windows of one run; 0: one per source for live sources, 1 for files.
  double max_wait_ms = 5;          ///< How long a window waits for others to share its run, >= 0.
  std::string overload = "auto";   ///< "auto", "block", "newest" or "skip": what becomes of windows that wait too long.
  std::string activation = "auto";  ///< "auto", "softmax", "sigmoid" or "none".

  bool operator==(const EngineConfig&) const = default;
};

struct EventConfig {
  double threshold = 0.5;           ///< Score at which an action begins, 0..1.
  double exit_threshold = -1;       ///< Score below which it ends; -1: 0.8 of threshold.
  std::string smoothing = "ema";    ///< "none", "ema", "mean" or "vote".
  double alpha = 0.6;               ///< Weight of the newest window in "ema", (0, 1].
  int smoothing_windows = 3;        ///< Windows of "mean" and "vote", >= 1.
  double min_seconds = 0.25;        ///< Shorter actions are not told of: what a single window sees is often a slip.
  double hold_seconds = 1;          ///< How long an action outlives its last good window.
  std::vector<std::string> ignore;  ///< Labels that stand for nothing: "background", "idle".
  bool every_window = false;        ///< Tells of each window as well.

  bool operator==(const EventConfig&) const = default;
};

struct OutputConfig {
  std::vector<std::string> out;  ///< "file.mp4", "rtsp://:8554/live"; empty: a window where there is a display.
  std::string events;            ///< "-" (stdout), a file, or "" for none.
  int width = 1280;              ///< Of the tiled picture, pixels, even.
  int height = 720;
  double fps = 0;         ///< Of the tiled picture; 0: the fastest source's, 30 at most.
  bool display = true;    ///< A window where there is one and nothing else was asked for.
  bool real_time = true;  ///< The window follows the clock (DeepStream's display-sync).
  bool fps_line = true;   ///< Frames per second of each source on the terminal.
  bool draw_regions = true;
  int debug = 0;  ///< 1, 2: every window on stderr.

  bool operator==(const OutputConfig&) const = default;
};

struct AppConfig {
  std::string model;                ///< X.onnx
  std::string key;                  ///< Opens a sealed model. In no file and not printed: -k, or tlt-model-key.
  std::vector<std::string> labels;  ///< By class index; empty: the model's own.
  /// How frames become input, as far as the config says so: compared with the model's own recipe, and in its place
  /// where the model has none.
  std::optional<clip::Recipe> recipe;
  std::optional<std::string> input_name;  ///< The model input that the config expects.
  std::vector<SourceConfig> sources;
  WindowConfig window;
  EngineConfig engine;
  EventConfig events;
  OutputConfig output;
  bool exact = false;   ///< The reference's behaviour, flicker and all (--compat exact).
  bool strict = false;  ///< Contradictions between config and model are errors.

  bool operator==(const AppConfig&) const = default;
};

}  // namespace gerund::deploy
