// base/workers.h - work spread over threads, results in order.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace gerund::base {

/// Number of cores, at least 1.
int num_cores();

/// Threads that do arithmetic: `wanted`, or as many as cores where that is 0 or more than these, the latter with a
/// warning: threads that share a core wait for each other most of the time. Throws UserError below 0.
int num_arithmetic_threads(int64_t wanted);

/// Adds `count` threads that run `body`, or as many as the system lets there be.
void start_threads(int64_t count, const std::function<void()>& body, std::vector<std::thread>& threads);

/// Calls work(i) for every i in [0, count) on up to `num_threads` threads and waits. The first exception is rethrown.
void parallel_for(int64_t count, int num_threads, const std::function<void(int64_t)>& work);

/// Makes the results of job 0, 1, 2, ... ahead of the one who takes them, in that order whatever the number of threads.
///
/// Threads: next() from one thread; `make` runs in the worker threads (in next() itself when num_threads is 0).
/// Owns:    at most `ahead` finished or running results.
template <typename Result>
class OrderedWorkers {
 public:
  /// `make(i)` makes result i of [0, count); an exception it throws comes out of the next() of that i.
  OrderedWorkers(int64_t count, int num_threads, int64_t ahead, std::function<Result(int64_t)> make)
      : count_(count), ahead_(std::max<int64_t>(ahead, 1)), make_(std::move(make)) {
    start_threads(
        num_threads, [this] { run(); }, threads_);
  }

  ~OrderedWorkers() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  OrderedWorkers(const OrderedWorkers&) = delete;
  OrderedWorkers& operator=(const OrderedWorkers&) = delete;

  /// The next result in order, or nullopt after the last. Waits for it.
  std::optional<Result> next() {
    if (taken_ == count_) return std::nullopt;
    if (threads_.empty()) return make_(taken_++);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_.count(taken_) > 0; });
    auto slot = done_.extract(taken_++);
    lock.unlock();
    changed_.notify_all();
    if (slot.mapped().error) std::rethrow_exception(slot.mapped().error);
    return std::move(slot.mapped().result);
  }

 private:
  struct Slot {
    std::optional<Result> result;
    std::exception_ptr error;
  };

  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || begun_ == count_ || begun_ < taken_ + ahead_; });
      if (stopping_ || begun_ == count_) return;
      const int64_t index = begun_++;
      lock.unlock();
      Slot slot;
      try {
        slot.result.emplace(make_(index));
      } catch (...) {
        slot.error = std::current_exception();
      }
      lock.lock();
      done_.emplace(index, std::move(slot));
      changed_.notify_all();
    }
  }

  const int64_t count_;
  const int64_t ahead_;
  const std::function<Result(int64_t)> make_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  std::map<int64_t, Slot> done_;
  int64_t begun_ = 0;
  int64_t taken_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace gerund::base
