// serve/batch_queue.h - which windows share the next run of the network: the rules, without threads or clocks.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "serve/stream_windows.h"

namespace gerund::serve {

/// What happens to a window that finds the stream's waiting windows at their limit.
enum class Overload {
  block,   ///< Its stream waits: nothing is lost, the stream falls behind.
  newest,  ///< The oldest waiting window of the same region goes.
  skip,    ///< The window itself goes.
};

struct BatchOptions {
  int max_batch = 1;                ///< Windows of one run, >= 1.
  double max_wait_seconds = 0.005;  ///< The longest that a window waits for others, >= 0.
};

struct StreamOptions {
  Overload overload = Overload::block;
  int max_waiting = 1;  ///< Windows of one region that wait at once, >= 1.
};

using StreamId = int64_t;

struct WaitingClip {
  StreamId stream = 0;
  RegionClip region;
  double since_seconds = 0;  ///< When it was offered, by the caller's clock.
};

/// Windows of all streams of one model, waiting. Streams take turns: each gives one window before any gives a second.
/// The windows of a region leave in the order in which they came.
///
/// Threads: none; Batcher guards it.
/// Time:    the caller's.
class BatchQueue {
 public:
  /// Throws UserError for an option out of range. `carries_state`: the network must see the windows of a region one
  /// after the other: no two of them share a run, and a lost one makes the next a first one. Without it a lost window
  /// does so only where it was a first one itself.
  BatchQueue(const BatchOptions& options, bool carries_state);

  /// Throws UserError for an option out of range.
  StreamId add_stream(const StreamOptions& options);
  /// Its waiting windows are forgotten.
  void remove_stream(StreamId stream);

  /// True where offer() would take a window of the region now without losing one.
  bool has_room(StreamId stream, const RegionKey& key) const;
  /// Adds a window by the stream's overload rule. Returns how many were lost: 0 or 1. With Overload::block the caller
  /// sees to it that there is room.
  int offer(StreamId stream, RegionClip region, double now_seconds);
  /// A window that take() gave has no answer: for those of its region that wait or come, it is lost.
  void lose(const WaitingClip& taken);
  /// A window is not offered at all: for those of its region that come, it is lost.
  void pass_over(const RegionClip& region);

  /// The windows of the next run, or none: not yet. A run is due when it is full, when every stream has a window
  /// waiting, or when one has waited for max_wait_seconds.
  std::vector<WaitingClip> take(double now_seconds);
  /// When take() will give something though nothing is offered; nullopt: never.
  std::optional<double> due_seconds() const;

  size_t num_waiting(StreamId stream) const;
  const StreamOptions& options_of(StreamId stream) const { return streams_.at(stream).options; }

 private:
  struct Stream {
    StreamOptions options;
    std::deque<WaitingClip> waiting;
  };
  bool is_due(double now_seconds) const;
  std::deque<WaitingClip>::iterator next_of(Stream& stream, const std::vector<WaitingClip>& batch);
  bool starts_anew_after(const RegionClip& lost) const;
  void lose_oldest(Stream& stream, const RegionKey& key);

  BatchOptions options_;
  bool carries_state_;
  StreamId next_id_ = 0;
  std::map<StreamId, Stream> streams_;
  std::deque<StreamId> turns_;  // Whose turn is next.
  size_t num_waiting_ = 0;
};

}  // namespace gerund::serve
