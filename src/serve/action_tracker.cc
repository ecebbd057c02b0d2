#include "serve/action_tracker.h"

namespace gerund::serve {
namespace {

// No answer takes longer.
constexpr double kLateSeconds = 60;

}  // namespace

ActionTracker::ActionTracker(const ActionOptions& options) : options_(options) {
  check(options);
}

void ActionTracker::add_events(const RegionKey& key, const Entry& entry, const std::vector<ActionChange>& changes,
                               FrameReport& report) {
  num_changes_ += static_cast<int64_t>(changes.size());
  for (const ActionChange& change : changes)
    report.events.push_back({key, entry.box, change, entry.filter.scores(), entry.last.start_seconds,
                             entry.last.end_seconds, entry.last.num_frames});
}

void ActionTracker::take(const WindowReport& window, FrameReport& report) {
  if (const auto gone = gone_.find(window.key); gone != gone_.end() && window.end_seconds < gone->second) return;
  Entry& entry = entries_.try_emplace(window.key, Entry{ActionFilter(options_, num_changes_), {}, {}}).first->second;
  entry.box = window.box;
  entry.last = window;
  entry.last.scores.clear();
  const auto changes = entry.filter.push(window.scores, window.start_seconds, window.end_seconds, window.is_first);
  add_events(window.key, entry, changes, report);
}

void ActionTracker::follow_size(const FrameReport& report) {
  for (auto& [key, entry] : entries_)
    entry.box = scaled_box(entry.box, frame_width_, frame_height_, report.frame_width, report.frame_height);
  frame_width_ = report.frame_width;
  frame_height_ = report.frame_height;
}

void ActionTracker::push(FrameReport& report) {
  follow_size(report);
  std::erase_if(gone_, [&](const auto& gone) {
    const double since = report.pts_seconds - gone.second;
    return since < 0 || since > kLateSeconds;  // Or time went back.
  });
  for (const WindowReport& window : report.windows) take(window, report);
  for (const auto& [key, reason] : report.gone) {
    gone_[key] = report.pts_seconds;
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) continue;
    add_events(key, entry->second, entry->second.filter.finish(entry->second.last.end_seconds), report);
    entries_.erase(entry);
  }
  for (auto& [key, entry] : entries_) {
    add_events(key, entry, entry.filter.advance(report.pts_seconds), report);
    report.regions.push_back({key, entry.box, entry.filter.active(), entry.filter.scores()});
  }
}

void ActionTracker::finish(FrameReport& report) {
  follow_size(report);
  for (const WindowReport& window : report.windows) take(window, report);
  for (auto& [key, entry] : entries_) add_events(key, entry, entry.filter.finish(entry.last.end_seconds), report);
  entries_.clear();
  gone_.clear();
}

}  // namespace gerund::serve
