// serve/action_tracker.h - the actions of all regions of one stream.
#pragma once

#include <map>

#include "serve/action_filter.h"
#include "serve/report.h"

namespace gerund::serve {

/// Reads the windows and gone regions of a report and adds what each region shows and what began or ended.
///
/// Threads: none; one per stream.
/// Owns:    an ActionFilter per region, until the region is gone.
class ActionTracker {
 public:
  explicit ActionTracker(const ActionOptions& options);

  /// Fills report.regions and report.events.
  void push(FrameReport& report);
  /// The stream is over or starts anew: every action ends. Fills report.events; report.windows are taken in before.
  void finish(FrameReport& report);

 private:
  struct Entry {
    ActionFilter filter;
    clip::Rectangle box;
    WindowReport last;  // Its last window; no scores.
  };
  /// Boxes of before are in pixels of another picture where its size has changed.
  void follow_size(const FrameReport& report);
  void take(const WindowReport& window, FrameReport& report);
  void add_events(const RegionKey& key, const Entry& entry, const std::vector<ActionChange>& changes,
                  FrameReport& report);

  ActionOptions options_;
  int frame_width_ = 0;  // Of the last report.
  int frame_height_ = 0;
  std::map<RegionKey, Entry> entries_;
  std::map<RegionKey, double> gone_;  // Media time; answers of windows before it come too late.
  int64_t num_changes_ = 0;           // So far: numbers of a region that comes back go on above its old ones.
};

}  // namespace gerund::serve
