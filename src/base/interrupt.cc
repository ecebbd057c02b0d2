#include "base/interrupt.h"

#include <atomic>
#include <csignal>

namespace gerund::base {
namespace {

std::atomic<bool> g_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

extern "C" void on_signal(int signal) {
  g_interrupted.store(true);
  std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

bool interrupted() {
  return g_interrupted.load(std::memory_order_relaxed);
}

void request_interrupt(bool value) {
  g_interrupted.store(value);
}

}  // namespace gerund::base
