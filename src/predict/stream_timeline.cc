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

  /// The answers of the network once a chunk is full, each about the window up to the `end_seconds` of its newest
  /// frame.
  std::vector<TimelineHop> push(const tensor::Frame& frame, double end_seconds) {
    chunk_.push_back(frame);
    ends_.push_back(end_seconds);
    return chunk_.size() < frames_per_chunk() ? std::vector<TimelineHop>{} : ask();
  }

  /// The answers that frames of a chunk which is not full give, as if its last frame stood still: it looks back only.
  std::vector<TimelineHop> finish() {
    if (chunk_.size() < frames_per_answer()) return {};
    chunk_.resize(frames_per_chunk(), chunk_.back());
    return ask();
  }

  size_t frames_per_answer() const { return frames_per_chunk() / static_cast<size_t>(model_.step->num_answers()); }

 private:
  size_t frames_per_chunk() const { return static_cast<size_t>(model_.step->step_frames()); }

  std::vector<TimelineHop> ask() {
    const tensor::Tensor logits = model_.step->push(state_, clip::assemble(model_.recipe(), chunk_));
    std::vector<TimelineHop> hops;
    std::vector<std::string> names;
    for (size_t end = frames_per_answer(); end <= frames_per_chunk(); end += frames_per_answer()) {
      TimelineHop& hop = hops.emplace_back();
      if (end <= ends_.size()) hop.end_seconds = ends_[end - 1];
      hop.start_seconds = std::max(0.0, hop.end_seconds - window_seconds_);
      names.push_back(fmt::format("{}, {:.2f} s", video_, hop.end_seconds));
    }
    std::vector<std::vector<double>> answers = infer::class_probabilities(
        logits, names, static_cast<int64_t>(model_.labels.size()), model_.gives_probabilities);
    hops.resize(ends_.size() / frames_per_answer());
    for (size_t i = 0; i < hops.size(); ++i) {
      hops[i].probabilities = std::move(answers[i]);
      hops[i].class_index = std::ranges::max_element(hops[i].probabilities) - hops[i].probabilities.begin();
      hops[i].score = hops[i].probabilities[static_cast<size_t>(hops[i].class_index)];
    }
    chunk_.clear();
    ends_.clear();
    return hops;
  }

  const serve::LoadedModel& model_;
  const std::string& video_;
  double window_seconds_;
  infer::StreamState state_;
  std::vector<tensor::Frame> chunk_;
  std::vector<double> ends_;  // Of the chunk's frames, as far as the video has them.
};

}  // namespace

Timeline make_stream_timeline(const serve::LoadedModel& model, media::SteadyFrames& frames, int64_t num_frames,
                              Timeline timeline, base::Progress& progress) {
  const double fps = frames.fps();
  const double spacing = std::max(1.0, timeline.window_seconds * fps / model.recipe().num_frames);  // Frames.
  timeline.window_seconds = spacing * model.recipe().num_frames / fps;

  VideoStream stream(model, timeline.video, timeline.window_seconds);
  timeline.hop_seconds = spacing * static_cast<double>(stream.frames_per_answer()) / fps;
  SecondScores scores(timeline.duration_seconds, model.labels.size());
  const auto add = [&](std::vector<TimelineHop> hops) {
    for (TimelineHop& hop : hops) {
      scores.add(hop.probabilities, hop.start_seconds, hop.end_seconds);
      timeline.hops.push_back(std::move(hop));
    }
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
      add(stream.push(*frame, std::min(timeline.duration_seconds, spacing * static_cast<double>(++num_taken) / fps)));
    }
    last = std::move(frame);
    progress.update(++num_seen);
  }
  if (!last) throw base::UserError(fmt::format("{}: no frame decodes", timeline.video));
  for (; num_taken < static_cast<int64_t>(stream.frames_per_answer()); ++num_taken)
    add(stream.push(*last, timeline.duration_seconds));
  add(stream.finish());
  progress.finish();
  timeline.seconds = scores.seconds();
  return timeline;
}

}  // namespace gerund::predict
