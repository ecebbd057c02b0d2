#include "base/workers.h"

#include <fmt/format.h>

#include <atomic>
#include <system_error>

#include "base/error.h"
#include "base/log.h"

namespace gerund::base {

int num_cores() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int num_arithmetic_threads(int64_t wanted) {
  if (wanted < 0) throw UserError(fmt::format("{} threads: 0 (all cores) or more is wanted", wanted));
  if (wanted > num_cores())
    log_warning(fmt::format("{} threads were asked for; this machine has {} core{} and gets as many", wanted,
                            num_cores(), num_cores() == 1 ? "" : "s"));
  return wanted > 0 && wanted < num_cores() ? static_cast<int>(wanted) : num_cores();
}

void start_threads(int64_t count, const std::function<void()>& body, std::vector<std::thread>& threads) {
  try {
    for (int64_t i = 0; i < count; ++i) threads.emplace_back(body);
  } catch (const std::system_error&) {
    log_warning(fmt::format("{} threads were asked for; the system lets there be {} more", count, threads.size()));
  }
}

void parallel_for(int64_t count, int num_threads, const std::function<void(int64_t)>& work) {
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  std::exception_ptr error;  // Guarded by mutex.
  auto run = [&] {
    for (int64_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::thread> threads;
  start_threads(std::min<int64_t>(num_threads, count) - 1, run, threads);
  run();
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace gerund::base
