// base/interrupt.h - Ctrl-C as a flag that long work looks at between its steps.
#pragma once

namespace gerund::base {

/// Makes SIGINT and SIGTERM set the flag instead of ending the process; a second signal ends it at once.
void catch_interrupts();

/// True once a signal has come or request_interrupt() was called. Threads: any.
bool interrupted();

/// While one lives, interrupted() is false in its thread: for work that someone waits for, and stops after.
class Uninterrupted {
 public:
  Uninterrupted();
  ~Uninterrupted();
  Uninterrupted(const Uninterrupted&) = delete;
  Uninterrupted& operator=(const Uninterrupted&) = delete;
};

/// Sets or clears the flag by hand (tests, embedders).
void request_interrupt(bool value = true);

}  // namespace gerund::base
