#include "infer/parallel.h"

// The thread sanitizer does not see that OpenMP's threads wait for each other: there the threads are plain ones.
#if defined(_OPENMP) && !defined(__SANITIZE_THREAD__)
#define GERUND_OPENMP 1
#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <vector>
#else
#include "base/workers.h"
#endif

namespace gerund::infer {

#ifdef GERUND_OPENMP

void on_threads(int num_threads, const std::function<void(int)>& work) {
  if (num_threads == 1) return work(0);
    // OpenMP may give fewer threads than asked for (nested regions, limits): the loop takes what is left over.
#pragma omp parallel num_threads(num_threads)
  for (int thread = omp_get_thread_num(); thread < num_threads; thread += omp_get_num_threads()) work(thread);
}

namespace {

// Note [Two threads on one core]
// A thread that has slept, as OpenMP's do between the windows of a camera, is often woken on the core of the one that
// wakes it, although others are idle. At the end of each parallel part the first then spins for the second, which
// cannot run meanwhile: at 25 frames per second a network of 2 ms took 12. So whoever finds itself on another's core
// moves.
void leave_cores(const std::vector<int>& taken) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t rest = allowed;
  for (const int core : taken)
    if (core >= 0) CPU_CLR(static_cast<size_t>(core), &rest);
  if (CPU_COUNT(&rest) == 0) return;
  sched_setaffinity(0, sizeof rest, &rest);
  sched_setaffinity(0, sizeof allowed, &allowed);
}

void spread_threads(int num_threads) {
  std::vector<int> cores(static_cast<size_t>(num_threads), -1);
  std::atomic<int> arrived{0};
#pragma omp parallel num_threads(num_threads)
  {
    const auto me = cores.begin() + omp_get_thread_num();
    *me = sched_getcpu();
    ++arrived;
    while (arrived < omp_get_num_threads()) sched_yield();  // To whoever waits for this core.
    if (std::find(cores.begin(), me, *me) != me) leave_cores(cores);
  }
}

}  // namespace

ThreadLimit::ThreadLimit(int num_threads) : before_(omp_get_max_threads()) {
  omp_set_num_threads(num_threads);
  if (num_threads > 1) spread_threads(num_threads);
}

ThreadLimit::~ThreadLimit() {
  omp_set_num_threads(before_);
}

#else

void on_threads(int num_threads, const std::function<void(int)>& work) {
  base::parallel_for(num_threads, num_threads, [&](int64_t thread) { work(static_cast<int>(thread)); });
}

ThreadLimit::ThreadLimit(int num_threads) : before_(num_threads) {}
ThreadLimit::~ThreadLimit() = default;

#endif

}  // namespace gerund::infer
