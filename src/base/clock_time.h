// base/clock_time.h - lengths of time as people read them.
#pragma once

#include <string>

namespace gerund::base {

/// "0:07", "2:31", "1:02:03": a length of time in seconds (>= 0), rounded to whole ones.
std::string clock_time(double seconds);

}  // namespace gerund::base
