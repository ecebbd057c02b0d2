// cli/terminal.h - progress bars on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <string>

#include "base/clock_time.h"
#include "base/progress.h"

namespace gerund::cli {

/// Draws on stderr, so that stdout holds results only. On a terminal one bar with rate and remaining time, redrawn in
/// place; into a file or pipe one line when a piece of work ends.
class TerminalProgress : public base::Progress {
 public:
  TerminalProgress();
  void start(std::string_view title, int64_t total, std::string_view unit) override;
  void update(int64_t done, std::string_view note = {}) override;
  void finish() override;

 private:
  std::string line(bool is_final) const;

  bool is_terminal_;
  std::string title_;
  std::string unit_;
  std::string note_;
  int64_t total_ = 0;
  int64_t done_ = 0;
  bool active_ = false;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point drawn_;
};

using base::clock_time;

}  // namespace gerund::cli
