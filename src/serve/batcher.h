// serve/batcher.h - runs the windows of many streams through one model.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "serve/batch_queue.h"
#include "serve/classifier.h"

namespace gerund::serve {

/// What the network says of a window.
struct WindowResult {
  RegionKey key;
  clip::Rectangle box;                   ///< Of the region in the window's last frame, pixels.
  std::vector<FramePosition> positions;  ///< Of the frames in the window, oldest first.
  bool is_first = false;                 ///< As Clip::is_first.
  Scores scores;
  double engine_seconds = 0;  ///< Of the run that it shared.
  double age_seconds = 0;     ///< From the offer to the answer.
  int batch = 0;              ///< Windows in that run.
};

struct StreamCounts {
  int64_t num_answered = 0;
  int64_t num_lost = 0;  ///< By the overload rule, an interruption or a failure of the network.
};

/// Threads: any; each stream is fed by one thread at a time. Answers come from a thread of the batcher.
/// Owns:    that thread.
class Batcher {
 public:
  /// Seconds, growing: the steady clock, or a test's.
  using Clock = std::function<double()>;
  /// Gets the answers of a stream, in the order of each region's windows. Must not call the batcher.
  using TakeResult = std::function<void(WindowResult)>;
  /// Gets the reason why windows of the stream have no answer. The batcher goes on with the next ones.
  using TakeFailure = std::function<void(const std::string&)>;

  Batcher(std::shared_ptr<const Classifier> classifier, const BatchOptions& options, Clock clock = steady_seconds);
  /// Waiting windows are lost; a run in progress ends first.
  ~Batcher();
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  StreamId add_stream(const StreamOptions& options, TakeResult take_result, TakeFailure take_failure);
  /// Returns when no answer of the stream is under way any more; its waiting windows are lost.
  void remove_stream(StreamId stream);

  /// Hands over a window. With Overload::block waits until there is room; interrupt() ends that.
  void offer(StreamId stream, RegionClip region);
  /// Returns when every window of the stream has its answer, or after interrupt().
  void drain(StreamId stream);
  /// From now on offer() loses the windows of the stream and drain() returns at once; `false` ends that. For a stream
  /// that is to stop while it waits.
  void interrupt(StreamId stream, bool value = true);

  StreamCounts counts(StreamId stream) const;
  const Classifier& classifier() const { return *classifier_; }

  static double steady_seconds();

 private:
  struct Stream {
    TakeResult take_result;
    TakeFailure take_failure;
    StreamCounts counts;
    int64_t num_running = 0;
    bool is_interrupted = false;
  };
  /// Windows of one run and the streams that wait for their answers; those are not removed meanwhile.
  struct Run {
    std::vector<WaitingClip> batch;
    std::vector<Stream*> streams;  // Of each.
  };
  void run();
  void answer(Run& run);
  void deliver(const Run& run, size_t place, Scores scores, double begun_seconds, double ended_seconds) const;

  const std::shared_ptr<const Classifier> classifier_;
  const Clock clock_;
  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  BatchQueue queue_;
  std::map<StreamId, Stream> streams_;
  bool is_stopping_ = false;
  Classifier::Scratch scratch_;  // Of thread_ alone.
  std::thread thread_;
};

}  // namespace gerund::serve
