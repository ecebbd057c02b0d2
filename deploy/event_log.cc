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

EventLog::EventLog(const AppConfig& config, bool is_paced, bool appends)
    : json_{true, config.events.every_window},
      debug_(config.output.debug),
      target_(config.output.events),
      rates_(config.sources.size()),
      last_(config.sources.size()) {
  if (config.output.events.empty()) return;
  try {
    gst::LineSink::Options options;
    options.target = config.output.events;
    options.appends = appends;
    options.waits = !is_paced;
    sink_ = std::make_unique<gst::LineSink>(options);
  } catch (const base::UserError& error) {
    throw OutputError(error.what());
  }
  const bool has_end = std::ranges::none_of(config.sources, &SourceConfig::loop);
  if (!is_paced && has_end)
    order_.emplace(config.sources.size(), [this](std::string line) { sink_->push(std::move(line)); });
}

EventLog::~EventLog() {
  end_order();
}

// What LineOrder still holds, to the sink.
void EventLog::end_order() {
  std::lock_guard lock(mutex_);
  if (!order_) return;
  for (size_t source = 0; source < rates_.size(); ++source) order_->end(source);
  order_.reset();
}

void EventLog::finish() {
  if (!sink_) return;
  end_order();
  sink_->finish();
  const std::string reason = sink_->loss().empty() ? sink_->trouble() : sink_->loss();
  if (!reason.empty()) throw OutputError(fmt::format("{}: events were lost: {}", target_, reason));
}

void EventLog::take(const serve::FrameReport& report, bool is_frame) {
  std::vector<std::string> lines;
  if (sink_) lines = serve::event_lines(report, json_);
  if (debug_ > 0) log_windows(report);
  const auto source = static_cast<size_t>(report.source_id);
  std::lock_guard lock(mutex_);
  if (last_.at(source).is_over) return;  // Its actions have been ended for it.
  if (order_) order_->advance(source, report.pts_seconds);
  for (std::string& line : lines) order_ ? order_->add(source, std::move(line)) : sink_->push(std::move(line));
  remember(source, report);
  if (is_frame) rates_.at(source).add(serve::Batcher::steady_seconds());
  num_windows_ += static_cast<int64_t>(report.windows.size());
  num_actions_ += std::ranges::count_if(report.events, [](const auto& event) { return event.change.is_start; });
}

void EventLog::source(size_t index, const SourceConfig& source, serve::SourceState state, const std::string& reason) {
  const std::string uri = gst::public_uri(source.uri);
  if (sink_) {
    if (state == serve::SourceState::failed || state == serve::SourceState::ended) end_actions(index);
    write_source(index, state, serve::source_line(source.name, static_cast<int64_t>(index), uri, state, reason));
  }
  const std::string text =
      fmt::format("{} ({}): {}{}{}", source.name, uri, serve::name_of(state), reason.empty() ? "" : ": ", reason);
  const bool is_trouble = state == serve::SourceState::failed || state == serve::SourceState::reconnecting;
  is_trouble ? base::log_warning(text) : base::log_info(text);
}

// Called under mutex_.
void EventLog::remember(size_t source, const serve::FrameReport& report) {
  Last& last = last_.at(source);
  last.seconds = report.pts_seconds;
  for (const serve::EventReport& event : report.events) {
    if (!event.change.is_start) {
      last.under_way.erase(event.key);
      continue;
    }
    serve::FrameReport& started = last.under_way[event.key];
    started = serve::frame_of(report);
    started.events = {event};
  }
  for (const serve::RegionReport& region : report.regions) {
    const auto known = last.under_way.find(region.key);
    if (known == last.under_way.end() || !region.action) continue;
    serve::EventReport& event = known->second.events.front();
    event.box = region.box;
    event.scores = region.scores;
    event.change.score = std::max(event.change.score, region.action->score);
    known->second.frame_width = report.frame_width;
    known->second.frame_height = report.frame_height;
  }
}

// A source that fails, or is given up, cannot tell itself that its actions have ended.
void EventLog::end_actions(size_t source) {
  std::lock_guard lock(mutex_);
  Last& last = last_.at(source);
  for (auto& [key, report] : last.under_way) {
    report.pts_seconds = last.seconds;
    report.events.front().change.is_start = false;
    report.events.front().change.end_seconds = std::max(last.seconds, report.events.front().change.start_seconds);
    for (std::string& line : serve::event_lines(report, json_))
      order_ ? order_->add(source, std::move(line)) : sink_->push(std::move(line));
  }
  last.under_way.clear();
  last.is_over = true;
}

void EventLog::write_source(size_t index, serve::SourceState state, std::string line) {
  std::lock_guard lock(mutex_);
  if (!order_) return sink_->push(std::move(line));
  if (state == serve::SourceState::started) return order_->begin(index, std::move(line));
  order_->add(index, std::move(line));
  if (state != serve::SourceState::reconnecting) order_->end(index);
}

void EventLog::tell_trouble() {
  std::string now = trouble();
  if (!now.empty() && now != told_trouble_)
    base::log_warning(fmt::format("{}: events cannot be written: {}", target_, now));
  told_trouble_ = std::move(now);
}

std::string EventLog::rate_line(double now_seconds) const {
  std::lock_guard lock(mutex_);
  return deploy::rate_line(rates_, now_seconds);
}

std::string EventLog::summary(int64_t num_lost) const {
  std::lock_guard lock(mutex_);
  std::string text = fmt::format("{} windows answered, {} lost, {} actions", num_windows_, num_lost, num_actions_);
  const int64_t num_lost_lines = sink_ ? sink_->num_lost() : 0;
  if (num_lost_lines > 0)
    text += fmt::format("; {} lines of events lost: {}", num_lost_lines,
                        sink_->loss().empty() ? "their reader was too slow, or gone" : sink_->loss());
  return text;
}

}  // namespace gerund::deploy
