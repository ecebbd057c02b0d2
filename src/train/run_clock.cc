#include "train/run_clock.h"

#include <algorithm>
#include <numeric>

namespace gerund::train {

void RunClock::begin_epoch(int64_t epoch, int64_t first_batch, int64_t num_batches) {
  epoch_ = epoch;
  first_batch_ = first_batch;
  batch_ = first_batch;
  num_batches_ = num_batches;
  begun_ = now_();
  is_under_way_ = true;
}

void RunClock::end_epoch() {
  step_seconds_ = step_seconds();
  if (first_batch_ == 0) epochs_.push_back(now_() - begun_);
  is_under_way_ = false;
}

double RunClock::epoch_seconds() const {
  constexpr size_t kCounted = 3;
  if (epochs_.empty()) {
    const double done = static_cast<double>(std::max<int64_t>(1, num_batches_ - first_batch_));
    return is_under_way_ ? (now_() - begun_) * static_cast<double>(num_batches_) / done : 0;
  }
  const auto first = epochs_.end() - static_cast<std::ptrdiff_t>(std::min(kCounted, epochs_.size()));
  return std::accumulate(first, epochs_.end(), 0.0) / static_cast<double>(epochs_.end() - first);
}

double RunClock::step_seconds() const {
  if (!is_under_way_ || batch_ == first_batch_) return step_seconds_;
  return (now_() - begun_) / static_cast<double>(batch_ - first_batch_);
}

double RunClock::seconds_after_epoch() const {
  return epoch_seconds() * static_cast<double>(std::max<int64_t>(0, num_epochs_ - epoch_ - 1));
}

double RunClock::seconds_left() const {
  if (!is_under_way_) return seconds_after_epoch();
  const double here = step_seconds() * static_cast<double>(num_batches_ - batch_);
  if (!epochs_.empty()) return here + seconds_after_epoch();
  // In the first epoch only steps are known; validation comes on top.
  return here + step_seconds() * static_cast<double>(num_batches_ * std::max<int64_t>(0, num_epochs_ - epoch_ - 1));
}

}  // namespace gerund::train
