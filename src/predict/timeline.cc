#include "predict/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/utf8.h"
#include "clip/assemble.h"
#include "clip/sampler.h"
#include "data/stack.h"
#include "infer/softmax.h"
#include "media/steady_frames.h"
#include "predict/second_scores.h"
#include "predict/stream_timeline.h"

namespace gerund::predict {
namespace {

using nlohmann::json;

double window_length(const serve::LoadedModel& model, const TimelineOptions& options, double fps) {
  if (!(options.window_seconds >= 0))
    throw base::UserError(fmt::format("window: {} s; 0 (as in training) or more is wanted", options.window_seconds));
  if (!(options.hop_seconds > 0))
    throw base::UserError(fmt::format("--hop: {} s; more than 0 is wanted", options.hop_seconds));
  if (options.window_seconds > 0) return options.window_seconds;
  if (model.recipe().sample_strategy == clip::SampleStrategy::consecutive)
    return model.recipe().num_frames * model.recipe().sample_rate / fps;
  if (model.clip_seconds > 0) return model.clip_seconds;
  throw base::UserError(
      fmt::format("{}: its clips span the whole training video, and the file does not say how long that was; give the "
                  "window's length: --window SECONDS",
                  model.name));
}

// Gathers windows into batches and adds what the network says of them to the seconds that they overlap.
class WindowBatcher {
 public:
  WindowBatcher(const serve::LoadedModel& model, const std::string& video, int batch_size, SecondScores& scores)
      : model_(model), video_(video), batch_size_(batch_size), scores_(scores) {}

  void add(tensor::Tensor input, double start_seconds, double end_seconds) {
    inputs_.push_back(std::move(input));
    spans_.emplace_back(start_seconds, end_seconds);
    if (static_cast<int>(inputs_.size()) == batch_size_) flush();
  }

  void flush() {
    if (inputs_.empty()) return;
    std::vector<std::string> names;
    for (const auto& [start, end] : spans_) names.push_back(fmt::format("{}, {:.2f} to {:.2f} s", video_, start, end));
    const std::vector<std::vector<double>> probabilities =
        infer::class_probabilities(model_.engine->run(data::stack(inputs_)), names,
                                   static_cast<int64_t>(model_.labels.size()), model_.gives_probabilities);
    for (size_t i = 0; i < spans_.size(); ++i) scores_.add(probabilities[i], spans_[i].first, spans_[i].second);
    inputs_.clear();
    spans_.clear();
  }

 private:
  const serve::LoadedModel& model_;
  const std::string& video_;
  int batch_size_;
  SecondScores& scores_;
  std::vector<tensor::Tensor> inputs_;
  std::vector<std::pair<double, double>> spans_;
};

tensor::Tensor window_input(const clip::Recipe& recipe, const std::deque<tensor::Frame>& window) {
  const clip::FrameIndices indices =
      clip::sample_view(recipe, clip::View::center, static_cast<int64_t>(window.size()), 1).front();
  std::vector<tensor::Frame> frames;
  for (int64_t index : indices) frames.push_back(window[static_cast<size_t>(index)]);
  return clip::assemble(recipe, frames);
}

/// A TimelineSecond or TimelineHop.
template <typename Span>
json span_json(const Timeline& timeline, const Span& span) {
  json scores = json::object();
  for (size_t c = 0; c < timeline.labels.size(); ++c) scores[timeline.labels[c]] = span.probabilities[c];
  return {{"start_seconds", span.start_seconds},
          {"end_seconds", span.end_seconds},
          {"label", timeline.labels.at(static_cast<size_t>(span.class_index))},
          {"score", span.score},
          {"scores", scores}};
}

}  // namespace

Timeline make_timeline(const serve::LoadedModel& model, media::FrameSource& source, const std::string& video,
                       const TimelineOptions& options, base::Progress& progress) {
  const media::SourceInfo& info = source.info();
  media::SteadyFrames frames(source);
  const double fps = frames.fps();
  Timeline timeline{video,
                    model.name,
                    model.labels,
                    window_length(model, options, fps),
                    options.hop_seconds,
                    static_cast<double>(info.num_frames) / fps,
                    {},
                    {}};
  if (model.step) return make_stream_timeline(model, frames, info.num_frames, std::move(timeline), progress);
  const auto window_frames = std::max<int64_t>(1, std::llround(timeline.window_seconds * fps));
  const double hop_frames = std::max(1.0, options.hop_seconds * fps);

  SecondScores scores(timeline.duration_seconds, model.labels.size());
  WindowBatcher batcher(model, video, options.batch_size, scores);
  std::deque<tensor::Frame> window;
  int64_t num_frames = 0;
  int64_t told = 0;       // Frames up to the end of the newest window.
  double next_start = 0;  // Frame at which the next window begins.
  const auto emit = [&](double start) {
    batcher.add(window_input(model.recipe(), window), start / fps, static_cast<double>(num_frames) / fps);
    told = num_frames;
    next_start += hop_frames;
  };
  progress.start("Timeline", info.num_frames, "frame");
  while (std::optional<tensor::Frame> frame = frames.next()) {
    if (base::interrupted()) throw base::Interrupted("timeline stopped before its end; nothing was written");
    window.push_back(std::move(*frame));
    if (static_cast<int64_t>(window.size()) > window_frames) window.pop_front();
    ++num_frames;
    if (num_frames == std::llround(next_start) + window_frames) emit(static_cast<double>(num_frames - window_frames));
    progress.update(num_frames);
  }
  if (num_frames == 0) throw base::UserError(fmt::format("{}: no frame decodes", video));
  // The end of the video, where a whole hop no longer fits, and videos shorter than a window.
  if (told < num_frames) emit(static_cast<double>(num_frames) - static_cast<double>(window.size()));
  batcher.flush();
  progress.finish();
  timeline.seconds = scores.seconds();
  return timeline;
}

std::vector<TimelineSegment> segments_of(const Timeline& timeline) {
  std::vector<TimelineSegment> segments;
  int64_t count = 0;
  for (const TimelineSecond& second : timeline.seconds) {
    if (segments.empty() || segments.back().class_index != second.class_index) {
      segments.push_back({second.start_seconds, second.end_seconds, second.class_index, second.score});
      count = 1;
      continue;
    }
    TimelineSegment& segment = segments.back();
    segment.end_seconds = second.end_seconds;
    segment.score += (second.score - segment.score) / static_cast<double>(++count);
  }
  return segments;
}

std::string to_json(const Timeline& timeline) {
  json seconds = json::array();
  for (const TimelineSecond& second : timeline.seconds) seconds.push_back(span_json(timeline, second));
  json segments = json::array();
  for (const TimelineSegment& segment : segments_of(timeline)) {
    segments.push_back({{"start_seconds", segment.start_seconds},
                        {"end_seconds", segment.end_seconds},
                        {"label", timeline.labels.at(static_cast<size_t>(segment.class_index))},
                        {"score", segment.score}});
  }
  json result = {{"schema", "gerund.timeline/1"},
                 {"video", timeline.video},
                 {"model", timeline.model},
                 {"labels", timeline.labels},
                 {"window_seconds", timeline.window_seconds},
                 {"hop_seconds", timeline.hop_seconds},
                 {"duration_seconds", timeline.duration_seconds},
                 {"seconds", seconds},
                 {"segments", segments}};
  if (!timeline.hops.empty()) {
    result["hops"] = json::array();
    for (const TimelineHop& hop : timeline.hops) result["hops"].push_back(span_json(timeline, hop));
  }
  return base::json_text(result, 2) + "\n";
}

Agreement agreement(const Timeline& timeline, const std::vector<TimelineSegment>& truth) {
  Agreement counted;
  for (const TimelineSecond& second : timeline.seconds) {
    const double middle = (second.start_seconds + second.end_seconds) / 2;
    const auto shown = std::ranges::find_if(truth, [&](const TimelineSegment& segment) {
      return segment.start_seconds <= middle && middle < segment.end_seconds;
    });
    if (shown == truth.end()) continue;
    ++counted.num_seconds;
    counted.num_right += shown->class_index == second.class_index ? 1 : 0;
  }
  return counted;
}

}  // namespace gerund::predict
