#include "predict/annotate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "clip/resize.h"
#include "draw/label_overlay.h"
#include "draw/png.h"
#include "draw/timeline_chart.h"
#include "infer/softmax.h"
#include "media/frame_source.h"
#include "media/steady_frames.h"
#include "media/video_writer.h"

namespace gerund::predict {
namespace {

namespace fs = std::filesystem;
using tensor::Frame;

std::vector<draw::TimelineSpan> spans_of(const std::vector<TimelineSegment>& segments) {
  std::vector<draw::TimelineSpan> spans;
  spans.reserve(segments.size());
  for (const TimelineSegment& segment : segments)
    spans.push_back({segment.start_seconds, segment.end_seconds, segment.class_index});
  return spans;
}

std::vector<draw::ScoredLabel> ranked(const Timeline& timeline, const TimelineSecond& second) {
  std::vector<draw::ScoredLabel> labels;
  for (size_t c : infer::top_classes(second.probabilities, timeline.labels.size()))
    labels.push_back({timeline.labels[c], second.probabilities[c], static_cast<int64_t>(c)});
  return labels;
}

// The size that the video has, which is even; frames of one source may differ.
Frame in_size(Frame frame, const media::WriterOptions& video) {
  const int width = video.width, height = video.height;
  if ((frame.width & ~1) != width || (frame.height & ~1) != height) return clip::resize(frame, width, height);
  if (width == frame.width && height == frame.height) return frame;
  Frame cut(width, height);
  for (int y = 0; y < height; ++y) std::copy_n(frame.row(y), width * 3, cut.row(y));
  return cut;
}

std::vector<Frame> thumbnails(const fs::path& path, int chart_width) {
  const auto source = media::open_source(path);
  const media::SourceInfo& info = source->info();
  const int64_t count = draw::num_thumbnails(chart_width, info.width, info.height);
  std::vector<int64_t> indices;
  indices.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i)
    indices.push_back(std::min(info.num_frames - 1, (2 * i + 1) * info.num_frames / (2 * count)));
  return source->read(indices);
}

}  // namespace

void annotate_video(const Timeline& timeline, const fs::path& source_path, const fs::path& target,
                    base::Progress& progress) {
  const auto source = media::open_source(source_path);
  const media::SourceInfo& info = source->info();
  media::SteadyFrames frames(*source);
  const std::vector<draw::TimelineSpan> spans = spans_of(segments_of(timeline));
  media::WriterOptions options;
  options.width = info.width & ~1;
  options.height = info.height & ~1;
  options.fps = frames.fps();
  options.codec = target.extension() == ".avi" ? media::Codec::mpeg4 : media::Codec::h264;
  media::VideoWriter writer(target, options);
  progress.start("Drawing labels", info.num_frames, "frame");
  int64_t num_frames = 0;
  while (std::optional<Frame> frame = frames.next()) {
    if (base::interrupted()) throw base::Interrupted(fmt::format("stopped; {} was not written", target.string()));
    Frame picture = in_size(std::move(*frame), options);
    const double seconds = static_cast<double>(num_frames) / options.fps;
    const auto second = std::min(static_cast<size_t>(seconds), timeline.seconds.size() - 1);
    draw::draw_label_overlay(picture,
                             {ranked(timeline, timeline.seconds[second]), seconds, timeline.duration_seconds, spans});
    writer.push(picture);
    progress.update(++num_frames);
  }
  writer.finish();
  progress.finish();
}

void draw_timeline_picture(const Timeline& timeline, const std::vector<TimelineSegment>& truth, const fs::path& source,
                           const fs::path& target) {
  constexpr int kWidth = 1280;
  draw::TimelineChart chart;
  chart.title = source.filename().string();
  chart.labels = timeline.labels;
  chart.duration_seconds = timeline.duration_seconds;
  chart.predicted = spans_of(segments_of(timeline));
  chart.truth = spans_of(truth);
  for (const TimelineSecond& second : timeline.seconds)
    chart.scores.push_back({(second.start_seconds + second.end_seconds) / 2, second.probabilities});
  chart.thumbnails = thumbnails(source, kWidth);
  draw::write_png(target, draw::draw_timeline(chart, kWidth));
}

std::vector<TimelineSegment> read_truth(const fs::path& path, const std::vector<std::string>& labels) {
  std::vector<TimelineSegment> segments;
  std::set<std::string> unknown;
  try {
    for (const auto& entry : nlohmann::json::parse(base::read_file(path)).get<std::vector<nlohmann::json>>()) {
      const auto label = std::find(labels.begin(), labels.end(), entry.at("label").get<std::string>());
      const int64_t class_index = label == labels.end() ? -1 : label - labels.begin();
      if (class_index < 0) unknown.insert(entry.at("label").get<std::string>());
      segments.push_back(
          {entry.at("start_seconds").get<double>(), entry.at("end_seconds").get<double>(), class_index, 1});
    }
  } catch (const nlohmann::json::exception& error) {
    const std::string reason = error.what();  // Behind "[json.exception...] ".
    throw base::UserError(
        fmt::format("{}: is no JSON list of {{label, start_seconds, end_seconds}}, as gerund synth --story writes it "
                    "beside the video: {}",
                    path.string(), reason.substr(std::min(reason.size(), reason.find("] ") + 2))));
  }
  if (!unknown.empty())
    base::log_warning(fmt::format("{}: the model does not know {}, drawn grey; its labels: {}", path.string(),
                                  fmt::join(unknown, ", "), fmt::join(labels, ", ")));
  return segments;
}

}  // namespace gerund::predict
