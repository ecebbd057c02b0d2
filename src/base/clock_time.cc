#include "base/clock_time.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

namespace gerund::base {

std::string clock_time(double seconds) {
  const int64_t total = std::llround(seconds);
  if (total < 3600) return fmt::format("{}:{:02}", total / 60, total % 60);
  return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
}

}  // namespace gerund::base
