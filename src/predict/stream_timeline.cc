#include "predict/stream_timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/interrupt.h"
#include "clip/assemble.h"
#include "infer/softmax.h"
#include "predict/second_scores.h"

namespace gerund::predict {
namespace {

/// The one stream of a video: gathers chunks and asks the network.
class VideoStream {
 public:
  VideoStream(const serve::LoadedModel& model, const std::string& video, double window_seconds)
      : model_(model), video_(video), window_seconds_(window_seconds) {}

  /// The answer of the network once a chunk is full: what the newest window up to `end_seconds` shows.
  std::optional<TimelineHop> push(tensor::Frame frame, double end_seconds) {
    chunk_.push_back(std::move(frame));
    if (static_cast<int64_t>(chunk_.size()) < model_.step->step_frames()) return std::nullopt;
    const tensor::Tensor logits = model_.step->push(state_, clip::assemble(model_.recipe(), chunk_));
    chunk_.clear();
    TimelineHop hop;
    hop.start_seconds = std::max(0.0, end_seconds - window_seconds_);
    hop.end_seconds = end_seconds;
    const std::string name = fmt::format("{}, {:.2f} s", video_, end_seconds);
    hop.probabilities =
        infer::class_probabilities(logits.reshaped({1, logits.size()}), {&name, 1},
                                   static_cast<int64_t>(model_.labels.size()), model_.gives_probabilities)
            .front();
    hop.class_index = std::ranges::max_element(hop.probabilities) - hop.probabilities.begin();
    hop.score = hop.probabilities[static_cast<size_t>(hop.class_index)];
    return hop;
  }

 private:
  const serve::LoadedModel& model_;
  const std::string& video_;
  double window_seconds_;
  infer::StreamState state_;
  std::vector<tensor::Frame> chunk_;
};

}  // namespace

Timeline make_stream_timeline(const serve::LoadedModel& model, media::SteadyFrames& frames, int64_t num_frames,
                              Timeline timeline, base::Progress& progress) {
  const double fps = frames.fps();
  const double spacing = std::max(1.0, timeline.window_seconds * fps / model.recipe().num_frames);  // Frames.
  timeline.window_seconds = spacing * model.recipe().num_frames / fps;
  timeline.hop_seconds = spacing * static_cast<double>(model.step->step_frames()) / fps;

  VideoStream stream(model, timeline.video, timeline.window_seconds);
  SecondScores scores(timeline.duration_seconds, model.labels.size());
  const auto push = [&](const tensor::Frame& frame, double end_seconds) {
    std::optional<TimelineHop> hop = stream.push(frame, end_seconds);
    if (!hop) return;
    scores.add(hop->probabilities, hop->start_seconds, hop->end_seconds);
    timeline.hops.push_back(std::move(*hop));
  };
  int64_t num_seen = 0;
  int64_t num_taken = 0;
  std::optional<tensor::Frame> last;
  progress.start("Timeline", num_frames, "frame");
  while (std::optional<tensor::Frame> frame = frames.next()) {
    if (base::interrupted()) throw base::Interrupted("timeline stopped before its end; nothing was written");
    // The middle of each stretch of `spacing` frames, as the centre view of a clip takes them.
    const auto wanted = static_cast<int64_t>(spacing / 2 + spacing * static_cast<double>(num_taken));
    if (num_seen == wanted) {
      push(*frame, std::min(timeline.duration_seconds, spacing * static_cast<double>(++num_taken) / fps));
    }
    last = std::move(frame);
    progress.update(++num_seen);
  }
  if (!last) throw base::UserError(fmt::format("{}: no frame decodes", timeline.video));
  while (timeline.hops.empty()) push(*last, timeline.duration_seconds);
  progress.finish();
  timeline.seconds = scores.seconds();
  return timeline;
}

}  // namespace gerund::predict
