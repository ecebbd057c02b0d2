// deploy/frame_rate.h - frames per second of each source, as the reference runtime prints them.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace gerund::deploy {

/// Threads: none.
class FrameRate {
 public:
  /// A frame came at `now_seconds` of a steady clock.
  void add(double now_seconds);
  /// Over the last 50 frames; 0 before the second one.
  double current(double now_seconds) const;
  /// Since the first frame.
  double average(double now_seconds) const;
  int64_t count() const { return count_; }

 private:
  std::deque<double> last_;
  double first_seconds_ = 0;
  int64_t count_ = 0;
};

/// "FPS(cur/avg): 29.97 (29.80) \t30.01 (29.90) \t".
std::string rate_line(const std::vector<FrameRate>& rates, double now_seconds);

}  // namespace gerund::deploy
