#include "infer/parallel.h"

#ifdef _OPENMP
#include <omp.h>
#else
#include "base/workers.h"
#endif

// The thread sanitizer does not see that OpenMP's threads wait for each other: it is told.
#if defined(__SANITIZE_THREAD__)
extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}
#endif

namespace gerund::infer {
namespace {

#if defined(__SANITIZE_THREAD__)
void acquire(char* what) {
  __tsan_acquire(what);
}
void release(char* what) {
  __tsan_release(what);
}
#else
void acquire(char* /*what*/) {}
void release(char* /*what*/) {}
#endif

}  // namespace

#ifdef _OPENMP

void on_threads(int num_threads, const std::function<void(int)>& work) {
  if (num_threads == 1) return work(0);
  char begin = 0, end = 0;
  char* const begins = &begin;
  char* const ends = &end;
  const std::function<void(int)>* const call = &work;
  release(begins);
  // OpenMP may give fewer threads than asked for (nested regions, limits): the loop takes what is left over.
#pragma omp parallel num_threads(num_threads) default(none) firstprivate(begins, ends, call, num_threads)
  {
    acquire(begins);
    for (int thread = omp_get_thread_num(); thread < num_threads; thread += omp_get_num_threads()) (*call)(thread);
    release(ends);
  }
  acquire(ends);
}

ThreadLimit::ThreadLimit(int num_threads) : before_(omp_get_max_threads()) {
  omp_set_num_threads(num_threads);
}

ThreadLimit::~ThreadLimit() {
  omp_set_num_threads(before_);
}

#else

void on_threads(int num_threads, const std::function<void(int)>& work) {
  char ordered = 0;
  release(&ordered);
  acquire(&ordered);
  base::parallel_for(num_threads, num_threads, [&](int64_t thread) { work(static_cast<int>(thread)); });
}

ThreadLimit::ThreadLimit(int num_threads) : before_(num_threads) {}
ThreadLimit::~ThreadLimit() = default;

#endif

}  // namespace gerund::infer
