// bench/streams/clocks.h - wall and CPU time, and medians.
#pragma once

#include <ctime>
#include <vector>

namespace gerund::bench {

/// Of a steady clock.
inline double wall_seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Of all threads of this process, in user and system mode.
inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// By nearest rank; 0 of none. `share` is 0..1.
double percentile(std::vector<double> values, double share);

}  // namespace gerund::bench
