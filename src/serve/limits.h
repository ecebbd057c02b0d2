// serve/limits.h - how far the settings of windows, runs and events may go, in properties of elements and in config
// files.
#pragma once

namespace gerund::serve {

inline constexpr double kShortestSeconds = 0.001;  ///< Of what is longer than nothing: hops, gaps.
inline constexpr double kLongestSeconds = 86400;
inline constexpr double kLongestGapSeconds = 1e9;
inline constexpr double kLargestScore = 1e6;  ///< Of a network's raw numbers.
inline constexpr double kSmallestAlpha = 1e-6;
inline constexpr int kMostSmoothingWindows = 10000;
inline constexpr int kMostBatch = 1024;
inline constexpr int kLongestWaitMs = 60000;

}  // namespace gerund::serve
