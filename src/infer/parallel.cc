#include "infer/parallel.h"

// The thread sanitizer does not see that OpenMP's threads wait for each other: there the threads are plain ones.
#if defined(_OPENMP) && !defined(__SANITIZE_THREAD__)
#define GERUND_OPENMP 1
#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
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

using Cores = std::span<const std::atomic<int>>;

// Whether an earlier thread is on the same core.
bool is_shared(size_t thread, Cores cores) {
  const Cores earlier = cores.first(thread);
  return std::find(earlier.begin(), earlier.end(), cores[thread].load()) != earlier.end();
}

// Where thread `me` shall go: each that shares a core gets another of those that are allowed and on which none is.
// nullopt: it stays, for there is none.
std::optional<size_t> core_for(size_t me, Cores cores, const cpu_set_t& allowed) {
  size_t num_before = 0;
  for (size_t thread = 0; thread < me; ++thread) num_before += is_shared(thread, cores) ? 1 : 0;
  for (size_t core = 0; core < CPU_SETSIZE; ++core) {
    const bool is_taken = std::find(cores.begin(), cores.end(), static_cast<int>(core)) != cores.end();
    if (CPU_ISSET(core, &allowed) && !is_taken && num_before-- == 0) return core;
  }
  return std::nullopt;
}

// The calling thread is free to go back afterwards; from Linux 6.2 on it does not follow a set that is enlarged later.
void move_to(size_t core, const cpu_set_t& allowed) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  if (sched_setaffinity(0, sizeof one, &one) == 0) sched_setaffinity(0, sizeof allowed, &allowed);
}

}  // namespace

// Note [Two threads on one core]
// A thread that has slept, as OpenMP's do between the windows of a camera, is often woken on the core of the one that
// wakes it, although others are idle. At the end of each parallel part the first then spins for the second, which
// cannot run meanwhile: at 25 frames per second a network of 2 ms took 12. So whoever finds itself on another's core
// moves.
void spread_threads(int num_threads) {
  constexpr int kMostYields = 10000;
  if (num_threads == 1) return;
  std::vector<std::atomic<int>> cores(static_cast<size_t>(num_threads));
  std::atomic<int> arrived{0};
#pragma omp parallel num_threads(num_threads)
  {
    const auto me = static_cast<size_t>(omp_get_thread_num());
    cores[me] = sched_getcpu();
    ++arrived;
    // To whoever waits for this core; not for ever, for one of lower priority may never get it.
    for (int i = 0; arrived < omp_get_num_threads() && i < kMostYields; ++i) sched_yield();
    const Cores team(cores.data(), static_cast<size_t>(omp_get_num_threads()));
    cpu_set_t allowed;
    if (arrived == omp_get_num_threads() && is_shared(me, team) && sched_getaffinity(0, sizeof allowed, &allowed) == 0)
      if (const auto core = core_for(me, team, allowed)) move_to(*core, allowed);
  }
}

ThreadLimit::ThreadLimit(int num_threads) : before_(omp_get_max_threads()) {
  omp_set_num_threads(num_threads);
}

ThreadLimit::~ThreadLimit() {
  omp_set_num_threads(before_);
}

#else

void on_threads(int num_threads, const std::function<void(int)>& work) {
  base::parallel_for(num_threads, num_threads, [&](int64_t thread) { work(static_cast<int>(thread)); });
}

void spread_threads(int /*num_threads*/) {}

ThreadLimit::ThreadLimit(int num_threads) : before_(num_threads) {}
ThreadLimit::~ThreadLimit() = default;

#endif

}  // namespace gerund::infer
