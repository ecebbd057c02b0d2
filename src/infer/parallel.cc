#include "infer/parallel.h"

// The thread sanitizer does not see that OpenMP's threads wait for each other: there the threads are plain ones.
#if defined(_OPENMP) && !defined(__SANITIZE_THREAD__)
#define GERUND_OPENMP 1
#include <omp.h>
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

ThreadLimit::ThreadLimit(int num_threads) : before_(num_threads) {}
ThreadLimit::~ThreadLimit() = default;

#endif

}  // namespace gerund::infer
