// infer/parallel.h - work on several threads with little overhead, on the same threads that oneDNN uses.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace gerund::infer {

/// Calls work(thread) once for every thread of [0, num_threads) at the same time, in the calling thread where
/// num_threads is 1, and waits. `work` must not throw.
void on_threads(int num_threads, const std::function<void(int)>& work);

/// Moves those of the threads of parallel work in the calling thread that share a logical CPU to others that the
/// process may use, while there are such: note [Two threads on one core].
void spread_threads(int num_threads);

/// Indices [first, last).
struct Span {
  int64_t first = 0;
  int64_t last = 0;
};

/// The part of [0, count) that falls to `thread` of `num_threads`: contiguous, sizes differ by one at most.
inline Span share_of(int64_t count, int thread, int num_threads) {
  return {count * thread / num_threads, count * (thread + 1) / num_threads};
}

/// Calls work(item, thread) for every item of [0, count), one after the other as threads become free.
template <typename Work>
void on_items(int64_t count, int num_threads, const Work& work) {
  std::atomic<int64_t> next{0};
  on_threads(num_threads, [&](int thread) {
    for (int64_t item = next++; item < count; item = next++) work(item, thread);
  });
}

/// Threads that parallel work, oneDNN's included, uses in the calling thread while this lives.
///
/// Threads: belongs to the thread that made it.
class ThreadLimit {
 public:
  explicit ThreadLimit(int num_threads);
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  int before_;
};

}  // namespace gerund::infer
