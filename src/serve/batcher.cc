#include "serve/batcher.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace gerund::serve {

double Batcher::steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Batcher::Batcher(std::shared_ptr<const Classifier> classifier, const BatchOptions& options, Clock clock)
    : classifier_(std::move(classifier)),
      clock_(std::move(clock)),
      queue_(options, classifier_->carries_state()),
      thread_([this] { run(); }) {}

Batcher::~Batcher() {
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

StreamId Batcher::add_stream(const StreamOptions& options, TakeResult take_result, TakeFailure take_failure) {
  std::lock_guard lock(mutex_);
  const StreamId id = queue_.add_stream(options);
  streams_[id] = {std::move(take_result), std::move(take_failure), {}, 0, false};
  return id;
}

void Batcher::remove_stream(StreamId stream) {
  std::unique_lock lock(mutex_);
  queue_.remove_stream(stream);
  changed_.wait(lock, [&] { return streams_.at(stream).num_running == 0; });
  streams_.erase(stream);
  changed_.notify_all();
}

void Batcher::offer(StreamId id, RegionClip region) {
  const double now_seconds = clock_();  // Waiting for room counts.
  std::unique_lock lock(mutex_);
  Stream& stream = streams_.at(id);
  if (queue_.options_of(id).overload == Overload::block)
    changed_.wait(lock, [&] { return stream.is_interrupted || queue_.has_room(id, region.key); });
  if (stream.is_interrupted) {
    ++stream.counts.num_lost;
    queue_.pass_over(region);
    return;
  }
  stream.counts.num_lost += queue_.offer(id, std::move(region), now_seconds);
  lock.unlock();
  changed_.notify_all();
}

void Batcher::drain(StreamId id) {
  std::unique_lock lock(mutex_);
  const Stream& stream = streams_.at(id);
  changed_.wait(lock,
                [&] { return stream.is_interrupted || (queue_.num_waiting(id) == 0 && stream.num_running == 0); });
}

void Batcher::interrupt(StreamId stream, bool value) {
  std::lock_guard lock(mutex_);
  streams_.at(stream).is_interrupted = value;
  changed_.notify_all();
}

StreamCounts Batcher::counts(StreamId stream) const {
  std::lock_guard lock(mutex_);
  return streams_.at(stream).counts;
}

void Batcher::run() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    Run next{queue_.take(clock_()), {}};
    if (!next.batch.empty()) {
      for (const WaitingClip& waiting : next.batch) {
        next.streams.push_back(&streams_.at(waiting.stream));
        ++next.streams.back()->num_running;
      }
      lock.unlock();
      changed_.notify_all();  // There is room again.
      answer(next);
      lock.lock();
    } else if (const std::optional<double> due = queue_.due_seconds()) {
      // At least a little, so that a clock that stands still does not keep a core busy.
      changed_.wait_for(lock, std::chrono::duration<double>(std::max(*due - clock_(), 1e-4)));
    } else {
      changed_.wait(lock);
    }
  }
}

void Batcher::answer(Run& run) {
  const double begun_seconds = clock_();
  std::vector<Classifier::Job> jobs;
  for (const WaitingClip& waiting : run.batch) jobs.push_back({&waiting.region.clip, &waiting.region.memory->state});
  std::vector<Scores> scores;
  try {
    scores = classifier_->classify(jobs, scratch_);
  } catch (const std::exception& error) {
    scores.assign(jobs.size(), {{}, {}, error.what()});
  }
  const double ended_seconds = clock_();
  std::vector<bool> has_failed;
  for (size_t i = 0; i < scores.size(); ++i) {
    has_failed.push_back(!scores[i].failure.empty());
    if (has_failed[i]) {
      run.streams[i]->take_failure(scores[i].failure);
    } else {
      deliver(run, i, std::move(scores[i]), begun_seconds, ended_seconds);
    }
  }
  std::lock_guard lock(mutex_);
  for (size_t i = 0; i < run.batch.size(); ++i) {
    if (has_failed[i]) queue_.lose(run.batch[i]);
    --run.streams[i]->num_running;
    ++(has_failed[i] ? run.streams[i]->counts.num_lost : run.streams[i]->counts.num_answered);
  }
  changed_.notify_all();
}

void Batcher::deliver(const Run& run, size_t place, Scores scores, double begun_seconds, double ended_seconds) const {
  const RegionClip& region = run.batch[place].region;
  WindowResult result;
  result.key = region.key;
  result.box = region.box;
  result.positions = region.clip.positions;
  result.is_first = region.clip.is_first;
  result.scores = std::move(scores);
  result.engine_seconds = ended_seconds - begun_seconds;
  result.age_seconds = ended_seconds - run.batch[place].since_seconds;
  result.batch = static_cast<int>(run.batch.size());
  run.streams[place]->take_result(std::move(result));
}

}  // namespace gerund::serve
