// predict/timeline.h - slides a window over a long video: what happens in each second.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.h"
#include "media/frame_source.h"
#include "predict/loaded_model.h"

namespace gerund::predict {

struct TimelineOptions {
  double window_seconds = 0;  ///< Length of a window. 0: T * sample_rate frames (consecutive), or the model's
                              ///< clip_seconds (random_interval).
  double hop_seconds = 0.5;   ///< From one window to the next, > 0. A step network has its own.
  int batch_size = 4;         ///< Windows in one run of the network.
};

/// One second of the video, the last one possibly shorter.
struct TimelineSecond {
  double start_seconds = 0;
  double end_seconds = 0;
  int64_t class_index = 0;
  double score = 0;  ///< Probability of that class, 0..1.
  std::vector<double>
      probabilities;  ///< By class; mean over the windows that overlap this second, weighted by the overlap.
};

/// One answer of a step network: about the window that ends with the newest frames then.
struct TimelineHop {
  double start_seconds = 0;
  double end_seconds = 0;
  int64_t class_index = 0;
  double score = 0;
  std::vector<double> probabilities;  ///< By class index.
};

/// Neighbouring seconds of one class.
struct TimelineSegment {
  double start_seconds = 0;
  double end_seconds = 0;
  int64_t class_index = 0;
  double score = 0;  ///< Mean over its seconds.
};

struct Timeline {
  std::string video;
  std::string model;
  std::vector<std::string> labels;
  double window_seconds = 0;
  double hop_seconds = 0;
  double duration_seconds = 0;
  std::vector<TimelineSecond> seconds;
  std::vector<TimelineHop> hops;  ///< Of a step network only, in the order of time.
};

/// Decodes the video once, in order, and holds one window of frames. A video shorter than a window is one window. A
/// model with a step network computes every frame once instead (predict/stream_timeline.h).
/// Throws UserError for options out of range, or where the window's length is neither given nor known.
Timeline make_timeline(const serve::LoadedModel& model, media::FrameSource& source, const std::string& video,
                       const TimelineOptions& options, base::Progress& progress);

std::vector<TimelineSegment> segments_of(const Timeline& timeline);

/// JSON, schema "gerund.timeline/1" (docs/formats.md).
std::string to_json(const Timeline& timeline);

/// How many seconds are named as the truth has it, of those whose middle lies in one of its segments. Class index -1, a
/// label that the timeline does not know, is never named right.
struct Agreement {
  int64_t num_right = 0;
  int64_t num_seconds = 0;
};
Agreement agreement(const Timeline& timeline, const std::vector<TimelineSegment>& truth);

}  // namespace gerund::predict
