// base/progress.h - how long work tells how far it is; the program decides how that looks.
#pragma once

#include <cstdint>
#include <string_view>

namespace gerund::base {

/// Receives the progress of one piece of work at a time. This one is silent; cli/terminal.h draws bars.
///
/// Threads: call from one thread.
class Progress {
 public:
  virtual ~Progress() = default;
  /// A new piece of work of `total` steps begins, e.g. ("Drawing clips", 120, "clip").
  virtual void start(std::string_view /*title*/, int64_t /*total*/, std::string_view /*unit*/) {}
  /// `done` steps of the current work are done; `note` is a short figure to show beside it ("loss 0.31").
  virtual void update(int64_t /*done*/, std::string_view /*note*/ = {}) {}
  /// The current work is over.
  virtual void finish() {}
};

}  // namespace gerund::base
