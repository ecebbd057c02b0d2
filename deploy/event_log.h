// deploy/event_log.h - what the sources show and how they fare: JSON lines, counters, the debug lines.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "deploy/app_config.h"
#include "deploy/frame_rate.h"
#include "deploy/line_order.h"
#include "gst/line_sink.h"
#include "serve/report_json.h"

namespace gerund::deploy {

/// Threads: any.
class EventLog {
 public:
  /// `is_paced`, or a source that loops: lines are written as they come; otherwise in the order of LineOrder.
  /// `appends`: to an events file that exists. Throws OutputError where it cannot be written.
  EventLog(const AppConfig& config, bool is_paced, bool appends);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// A frame has gone through, or the last report of a stream came (`is_frame` false).
  void take(const serve::FrameReport& report, bool is_frame);
  void source(size_t index, const SourceConfig& source, serve::SourceState state, const std::string& reason);

  /// Frames per second of all sources, at `now_seconds` of serve::Batcher::steady_seconds.
  std::string rate_line(double now_seconds) const;
  /// For a person: windows answered, windows that were lost, actions.
  std::string summary(int64_t num_lost) const;
  /// Warns of what has become wrong with the events' target. From one thread.
  void tell_trouble();
  /// Writes all that still waits; the last call. Throws OutputError where lines of events were lost, or the target is
  /// in trouble.
  void finish();

 private:
  std::string trouble() const { return sink_ ? sink_->trouble() : ""; }
  void end_order();
  void write_source(size_t index, serve::SourceState state, std::string line);
  void remember(size_t source, const serve::FrameReport& report);
  void end_actions(size_t source);

  /// What was heard of a source.
  struct Last {
    double seconds = 0;                                        // Media time.
    std::map<serve::RegionKey, serve::FrameReport> under_way;  // What the end of each action will say.
    bool is_over = false;
  };

  const serve::JsonOptions json_;
  const int debug_;
  const std::string target_;
  std::unique_ptr<gst::LineSink> sink_;
  std::string told_trouble_;
  mutable std::mutex mutex_;  // Guards what follows.
  std::optional<LineOrder> order_;
  std::vector<FrameRate> rates_;
  std::vector<Last> last_;  // By source.
  int64_t num_windows_ = 0;
  int64_t num_actions_ = 0;
};

}  // namespace gerund::deploy
