// predict/second_scores.h - what is said of each second of a video by answers that each cover a stretch of it.
#pragma once

#include <cstdint>
#include <vector>

#include "predict/timeline.h"

namespace gerund::predict {

/// Averages answers over seconds, each weighted by how much of the second it covers.
///
/// Threads: none.
class SecondScores {
 public:
  /// `duration_seconds` >= 0.
  SecondScores(double duration_seconds, size_t num_classes);

  /// An answer about [start_seconds, end_seconds): probabilities by class index.
  void add(const std::vector<double>& probabilities, double start_seconds, double end_seconds);

  /// All seconds, at least one. A tail that no answer reaches is named like the second before it.
  std::vector<TimelineSecond> seconds() const;

 private:
  double duration_seconds_;
  std::vector<std::vector<double>> sums_;  // By second and class.
  std::vector<double> weights_;
};

}  // namespace gerund::predict
