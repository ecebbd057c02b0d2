// serve/smoothing.h - steadier scores from the answers of neighbouring windows.
#pragma once

#include <deque>
#include <string>
#include <vector>

namespace gerund::serve {

enum class SmoothingKind {
  none,
  ema,   ///< alpha * new + (1 - alpha) * old.
  mean,  ///< Of the last num_windows answers.
  vote,  ///< Share of the last num_windows answers that had this label best.
};

/// "none", "ema", "mean", "vote". Throws UserError for another name, as "events.smoothing".
SmoothingKind smoothing_from_name(const std::string& name);

struct SmoothingOptions {
  SmoothingKind kind = SmoothingKind::ema;
  double alpha = 0.6;   ///< (0, 1]
  int num_windows = 3;  ///< >= 1
};

/// Threads: none; one per region.
/// Owns:    the last num_windows answers.
class Smoothing {
 public:
  /// Throws UserError for an option out of range.
  explicit Smoothing(const SmoothingOptions& options);
  /// The smoothed scores after one more answer, by class index.
  std::vector<double> push(const std::vector<double>& scores);
  void reset();

 private:
  SmoothingOptions options_;
  std::deque<std::vector<double>> last_;
};

}  // namespace gerund::serve
