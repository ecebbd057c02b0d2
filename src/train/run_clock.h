// train/run_clock.h - how long epochs and steps take, and how long the run still will.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status_log.h"

namespace gerund::train {

/// Threads: none.
class RunClock {
 public:
  RunClock(int64_t num_epochs, base::Now now) : num_epochs_(num_epochs), now_(std::move(now)) {}

  /// An epoch (from 0) of `num_batches` steps begins, after `first_batch` of them where a run goes on inside it.
  void begin_epoch(int64_t epoch, int64_t first_batch, int64_t num_batches);
  /// `batch` steps of the epoch are done.
  void step(int64_t batch) { batch_ = batch; }
  /// The epoch is over, its validation included.
  void end_epoch();

  double now() const { return now_(); }
  /// Of a whole epoch, validation and saving included: the mean of the last three, else what the first has taken so
  /// far.
  double epoch_seconds() const;
  /// Of a step of the epoch under way, or of the last one.
  double step_seconds() const;
  /// From the end of the epoch under way to that of the run.
  double seconds_after_epoch() const;
  /// To the end of the run.
  double seconds_left() const;

 private:
  int64_t num_epochs_;
  base::Now now_;
  int64_t epoch_ = 0;
  int64_t first_batch_ = 0;
  int64_t batch_ = 0;
  int64_t num_batches_ = 0;
  double begun_ = 0;
  double step_seconds_ = 0;  // Of the epoch before.
  bool is_under_way_ = false;
  std::vector<double> epochs_;  // Seconds of whole epochs.
};

}  // namespace gerund::train
