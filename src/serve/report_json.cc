#include "serve/report_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "infer/softmax.h"

namespace gerund::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "gerund.event/1";

// Scores with four digits, times in microseconds: what is behind them differs from machine to machine.
// Divided, not multiplied by 0.01: so the number is the one nearest to its decimal digits, and no more are written.
double rounded(double value, double per_unit) {
  return std::round(value * per_unit) / per_unit;
}
double score_of(double value) {
  return rounded(value, 1e4);
}
double seconds_of(double value) {
  return rounded(value, 1e6);
}

Json top_scores(const std::vector<double>& scores, const ModelIdentity& model, int top_k) {
  Json top = Json::array();
  for (const size_t index : infer::top_classes(scores, static_cast<size_t>(top_k)))
    top.push_back({{"label", model.labels.at(index)}, {"class_id", index}, {"score", score_of(scores[index])}});
  return top;
}

/// An area and a track of the same id are two.
std::string path_of(const FrameReport& report, const RegionKey& key) {
  return fmt::format("{}/{}{}", report.stream, key.kind == RegionKind::track ? "track-" : "", key.id);
}

Json head(const FrameReport& report, const char* event, const std::string& id, const RegionKey& key,
          const clip::Rectangle& box) {
  Json line = {
      {"schema", kSchema}, {"event", event}, {"id", id}, {"stream", report.stream}, {"source_id", report.source_id}};
  line["roi"] = key.kind == RegionKind::area ? Json(key.id) : Json(nullptr);
  line["track_id"] = key.kind == RegionKind::track ? Json(key.id) : Json(nullptr);
  line["bbox"] = {box.x, box.y, box.width, box.height};
  line["frame_size"] = {report.frame_width, report.frame_height};
  return line;
}

void add_answer(Json& line, const ModelIdentity& model, int64_t class_index, double score,
                const std::vector<double>& scores, int top_k) {
  line["label"] = model.labels.at(static_cast<size_t>(class_index));
  line["class_id"] = class_index;
  line["score"] = score_of(score);
  line["topk"] = top_scores(scores, model, top_k);
}

void add_tail(Json& line, const FrameReport& report) {
  line["pts_ns"] = std::llround(report.pts_seconds * 1e9);
  if (!report.ntp.empty()) line["ntp"] = report.ntp;
  line["model"] = {{"name", report.model->name}, {"sha256", report.model->sha256}};
}

std::string to_text(const Json& line) {
  return base::json_text(line);
}

std::string window_line(const FrameReport& report, const WindowReport& window, int top_k) {
  const std::string id = fmt::format("{}/w{}-{}", path_of(report, window.key), window.first_frame, window.last_frame);
  Json line = head(report, "window", id, window.key, window.box);
  const auto best = std::ranges::max_element(window.scores) - window.scores.begin();
  add_answer(line, *report.model, best, window.scores[static_cast<size_t>(best)], window.scores, top_k);
  line["window"] = {{"start", seconds_of(window.start_seconds)},
                    {"end", seconds_of(window.end_seconds)},
                    {"frames", window.num_frames},
                    {"first_frame", window.first_frame},
                    {"last_frame", window.last_frame}};
  if (report.is_live) line["age_ms"] = rounded(window.age_seconds * 1e3, 100);
  add_tail(line, report);
  return to_text(line);
}

std::string action_line(const FrameReport& report, const EventReport& event, int top_k) {
  const ActionChange& change = event.change;
  const std::string id = fmt::format("{}/{}", path_of(report, event.key), change.number);
  Json line = head(report, change.is_start ? "start" : "end", id, event.key, event.box);
  add_answer(line, *report.model, change.class_index, change.score, event.scores, top_k);
  line["start"] = seconds_of(change.start_seconds);
  if (!change.is_start) line["end"] = seconds_of(change.end_seconds);
  line["window"] = {{"start", seconds_of(event.window_start_seconds)},
                    {"end", seconds_of(event.window_end_seconds)},
                    {"frames", event.window_frames}};
  add_tail(line, report);
  return to_text(line);
}

}  // namespace

const char* name_of(SourceState state) {
  switch (state) {
    case SourceState::started:
      return "started";
    case SourceState::ended:
      return "ended";
    case SourceState::failed:
      return "failed";
    case SourceState::reconnecting:
      return "reconnecting";
  }
  return "";
}

std::vector<std::string> event_lines(const FrameReport& report, const JsonOptions& options) {
  std::vector<std::string> lines;
  if (options.with_windows)
    for (const WindowReport& window : report.windows) lines.push_back(window_line(report, window, options.top_k));
  if (options.with_events)
    for (const EventReport& event : report.events) lines.push_back(action_line(report, event, options.top_k));
  return lines;
}

std::string source_line(const std::string& stream, int64_t source_id, const std::string& uri, SourceState state,
                        const std::string& reason) {
  Json line = {{"schema", kSchema}, {"event", "source"},      {"state", name_of(state)},
               {"stream", stream},  {"source_id", source_id}, {"uri", uri}};
  if (!reason.empty()) line["reason"] = reason;
  return to_text(line);
}

}  // namespace gerund::serve
