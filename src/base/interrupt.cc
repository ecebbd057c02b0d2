#include "base/interrupt.h"

#include <atomic>
#include <csignal>

namespace gerund::base {
namespace {

std::atomic<bool> g_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

thread_local int t_num_uninterrupted = 0;

extern "C" void on_signal(int) {
  g_interrupted.store(true);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

bool interrupted() {
  return t_num_uninterrupted == 0 && g_interrupted.load(std::memory_order_relaxed);
}

Uninterrupted::Uninterrupted() {
  ++t_num_uninterrupted;
}

Uninterrupted::~Uninterrupted() {
  --t_num_uninterrupted;
}

void request_interrupt(bool value) {
  g_interrupted.store(value);
}

}  // namespace gerund::base
