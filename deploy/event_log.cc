#include "deploy/event_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "deploy/frame_output.h"
#include "gst/source_rules.h"
#include "serve/batcher.h"

namespace gerund::deploy {
namespace {

void log_windows(const serve::FrameReport& report) {
  for (const serve::WindowReport& window : report.windows) {
    const auto best = std::ranges::max_element(window.scores) - window.scores.begin();
    base::log_info(fmt::format("{} {}: frames {} to {}: {} {:.3f}", report.stream, window.key.id, window.first_frame,
                               window.last_frame, report.model->labels.at(static_cast<size_t>(best)),
                               window.scores[static_cast<size_t>(best)]));
  }
}

}  // namespace

EventLog::EventLog(const AppConfig& config, bool appends)
    : json_{true, config.events.every_window}, debug_(config.output.debug), rates_(config.sources.size()) {
  if (config.output.events.empty()) return;
  try {
    sink_ = std::make_unique<gst::LineSink>(gst::LineSink::Options{config.output.events, appends});
  } catch (const base::UserError& error) {
    throw OutputError(error.what());
  }
}

void EventLog::take(const serve::FrameReport& report, bool is_frame) {
  if (sink_)
    for (std::string& line : serve::event_lines(report, json_)) sink_->push(std::move(line));
  if (debug_ > 0) log_windows(report);
  std::lock_guard lock(mutex_);
  if (is_frame) rates_.at(static_cast<size_t>(report.source_id)).add(serve::Batcher::steady_seconds());
  num_windows_ += static_cast<int64_t>(report.windows.size());
  num_actions_ += std::ranges::count_if(report.events, [](const auto& event) { return event.change.is_start; });
}

void EventLog::source(size_t index, const SourceConfig& source, serve::SourceState state, const std::string& reason) {
  const std::string uri = gst::public_uri(source.uri);
  if (sink_) sink_->push(serve::source_line(source.name, static_cast<int64_t>(index), uri, state, reason));
  const std::string text =
      fmt::format("{} ({}): {}{}{}", source.name, uri, serve::name_of(state), reason.empty() ? "" : ": ", reason);
  const bool is_trouble = state == serve::SourceState::failed || state == serve::SourceState::reconnecting;
  is_trouble ? base::log_warning(text) : base::log_info(text);
}

std::string EventLog::rate_line(double now_seconds) const {
  std::lock_guard lock(mutex_);
  return deploy::rate_line(rates_, now_seconds);
}

std::string EventLog::summary(int64_t num_lost) const {
  std::lock_guard lock(mutex_);
  return fmt::format("{} windows answered, {} lost, {} actions", num_windows_, num_lost, num_actions_);
}

}  // namespace gerund::deploy
