#include "predict/second_scores.h"

#include <algorithm>
#include <cmath>

namespace gerund::predict {

SecondScores::SecondScores(double duration_seconds, size_t num_classes)
    : duration_seconds_(duration_seconds),
      sums_(static_cast<size_t>(std::max(1.0, std::ceil(duration_seconds - 1e-6))), std::vector<double>(num_classes)),
      weights_(sums_.size()) {}

void SecondScores::add(const std::vector<double>& probabilities, double start_seconds, double end_seconds) {
  for (size_t i = 0; i < sums_.size(); ++i) {
    const double overlap =
        std::min(end_seconds, static_cast<double>(i + 1)) - std::max(start_seconds, static_cast<double>(i));
    if (overlap <= 0) continue;
    weights_[i] += overlap;
    for (size_t c = 0; c < probabilities.size(); ++c) sums_[i][c] += overlap * probabilities[c];
  }
}

std::vector<TimelineSecond> SecondScores::seconds() const {
  std::vector<TimelineSecond> result;
  for (size_t i = 0; i < sums_.size(); ++i) {
    TimelineSecond second;
    second.start_seconds = static_cast<double>(i);
    second.end_seconds = std::min(static_cast<double>(i + 1), std::max(duration_seconds_, static_cast<double>(i)));
    second.probabilities = weights_[i] > 0 || result.empty() ? sums_[i] : result.back().probabilities;
    if (weights_[i] > 0) {
      for (double& value : second.probabilities) value /= weights_[i];
    }
    const auto best = std::max_element(second.probabilities.begin(), second.probabilities.end());
    second.class_index = best - second.probabilities.begin();
    second.score = *best;
    result.push_back(std::move(second));
  }
  return result;
}

}  // namespace gerund::predict
