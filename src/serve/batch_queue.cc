#include "serve/batch_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace gerund::serve {

BatchQueue::BatchQueue(const BatchOptions& options, bool carries_state)
    : options_(options), carries_state_(carries_state) {
  if (options.max_batch < 1)
    throw base::UserError(fmt::format("max_batch: {}; 1 or more is wanted", options.max_batch));
  if (!(options.max_wait_seconds >= 0))
    throw base::UserError(fmt::format("max_wait_seconds: {}; 0 or more is wanted", options.max_wait_seconds));
}

StreamId BatchQueue::add_stream(const StreamOptions& options) {
  if (options.max_waiting < 1)
    throw base::UserError(fmt::format("max_waiting: {}; 1 or more is wanted", options.max_waiting));
  const StreamId id = next_id_++;
  streams_[id].options = options;
  turns_.push_back(id);
  return id;
}

void BatchQueue::remove_stream(StreamId stream) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  num_waiting_ -= found->second.waiting.size();
  streams_.erase(found);
  std::erase(turns_, stream);
}

size_t BatchQueue::num_waiting(StreamId stream) const {
  return streams_.at(stream).waiting.size();
}

bool BatchQueue::has_room(StreamId stream, const RegionKey& key) const {
  const Stream& entry = streams_.at(stream);
  const auto count = std::ranges::count_if(entry.waiting, [&](const WaitingClip& w) { return w.region.key == key; });
  return count < entry.options.max_waiting;
}

// What comes after a lost window begins anew where the network missed it, or where the lost one told of a new
// beginning.
bool BatchQueue::starts_anew_after(const RegionClip& lost) const {
  return carries_state_ || lost.clip.is_first;
}

void BatchQueue::pass_over(const RegionClip& region) {
  if (starts_anew_after(region)) region.memory->has_lost = true;
}

void BatchQueue::lose(const WaitingClip& taken) {
  const auto found = streams_.find(taken.stream);
  if (found == streams_.end() || !starts_anew_after(taken.region)) return;
  std::deque<WaitingClip>& waiting = found->second.waiting;
  const auto next = std::ranges::find_if(
      waiting, [&](const WaitingClip& other) { return other.region.memory == taken.region.memory; });
  (next == waiting.end() ? taken.region.memory->has_lost : next->region.clip.is_first) = true;
}

void BatchQueue::lose_oldest(Stream& stream, const RegionKey& key) {
  const auto oldest =
      std::ranges::find_if(stream.waiting, [&](const WaitingClip& waiting) { return waiting.region.key == key; });
  const WaitingClip lost = std::move(*oldest);
  stream.waiting.erase(oldest);
  --num_waiting_;
  lose(lost);
}

int BatchQueue::offer(StreamId id, RegionClip region, double now_seconds) {
  Stream& stream = streams_.at(id);
  int num_lost = 0;
  if (!has_room(id, region.key)) {
    num_lost = 1;
    if (stream.options.overload == Overload::skip) {
      pass_over(region);
      return num_lost;
    }
    lose_oldest(stream, region.key);
  }
  if (std::exchange(region.memory->has_lost, false)) region.clip.is_first = true;
  stream.waiting.push_back({id, std::move(region), now_seconds});
  ++num_waiting_;
  return num_lost;
}

std::optional<double> BatchQueue::due_seconds() const {
  std::optional<double> oldest;
  for (const auto& [id, stream] : streams_)
    if (!stream.waiting.empty()) oldest = std::min(oldest.value_or(1e300), stream.waiting.front().since_seconds);
  if (oldest) *oldest += options_.max_wait_seconds;
  return oldest;
}

bool BatchQueue::is_due(double now_seconds) const {
  if (num_waiting_ == 0) return false;
  if (num_waiting_ >= static_cast<size_t>(options_.max_batch)) return true;
  if (std::ranges::none_of(streams_, [](const auto& entry) { return entry.second.waiting.empty(); })) return true;
  return now_seconds >= due_seconds();
}

// The oldest window of the stream that may join the batch.
std::deque<WaitingClip>::iterator BatchQueue::next_of(Stream& stream, const std::vector<WaitingClip>& batch) {
  return std::ranges::find_if(stream.waiting, [&](const WaitingClip& waiting) {
    return !carries_state_ || std::ranges::none_of(batch, [&](const WaitingClip& taken) {
      return taken.stream == waiting.stream && taken.region.key == waiting.region.key;
    });
  });
}

std::vector<WaitingClip> BatchQueue::take(double now_seconds) {
  std::vector<WaitingClip> batch;
  if (!is_due(now_seconds)) return batch;
  size_t num_idle = 0;  // Streams in a row that had nothing to give.
  while (batch.size() < static_cast<size_t>(options_.max_batch) && num_idle < turns_.size()) {
    const StreamId id = turns_.front();
    turns_.pop_front();
    turns_.push_back(id);
    Stream& stream = streams_.at(id);
    const auto next = next_of(stream, batch);
    if (next == stream.waiting.end()) {
      ++num_idle;
      continue;
    }
    num_idle = 0;
    batch.push_back(std::move(*next));
    stream.waiting.erase(next);
    --num_waiting_;
  }
  return batch;
}

}  // namespace gerund::serve
