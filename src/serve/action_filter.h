// serve/action_filter.h - from the scores of windows to actions that begin and end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "serve/smoothing.h"

namespace gerund::serve {

struct ActionOptions {
  SmoothingOptions smoothing;
  double threshold = 0.5;       ///< The smoothed score at which an action begins.
  double exit_threshold = 0.4;  ///< The one below which it ends, at most threshold.
  double min_seconds = 0;   ///< Shorter actions, from start to the middle of their last window, are not told of; >= 0.
  double hold_seconds = 1;  ///< How long an action outlives the last window that shows it, >= 0.
  std::vector<bool> ignored;  ///< By class index: labels that stand for nothing, "background"; empty: none.
};

/// Throws UserError naming the field that is out of range. Scores are 0..1, but for networks read without activation.
void check(const ActionOptions& options);

/// ActionOptions::ignored for some labels. Throws UserError for one that the model does not know.
std::vector<bool> ignored_classes(const std::vector<std::string>& ignored, const std::vector<std::string>& labels);

/// What one region shows now.
struct ActiveAction {
  int64_t class_index = 0;
  double score = 0;  ///< Smoothed, of the last window.
  double start_seconds = 0;
  bool is_held = false;       ///< The last windows do not show it any more; it waits for hold_seconds.
  bool is_tentative = false;  ///< Not told of yet: it is younger than min_seconds.
};

/// A change of what a region shows.
struct ActionChange {
  bool is_start = false;  ///< Else an end.
  int64_t number = 0;     ///< Start and end of one action have the same; counts up within the region.
  int64_t class_index = 0;
  double score = 0;          ///< Of a start: the smoothed score then. Of an end: the best that there was.
  double start_seconds = 0;  ///< Media time. The first action after a start or reset begins with its window; others in
                             ///< the middle of their first window.
  double end_seconds = 0;    ///< Of an end: the middle of the first window that does not show it, or the stream's end.
};

/// One action at a time: the best label that is not ignored, with hysteresis, so that scores about the threshold do not
/// flicker.
///
/// Threads: none; one per region.
/// Time:    media timestamps, never the wall clock.
class ActionFilter {
 public:
  /// Its first action has number `first_number`.
  explicit ActionFilter(const ActionOptions& options, int64_t first_number = 0);

  /// The answer for the window [start_seconds, end_seconds]; `is_first`: nothing came before it. Scores by class index.
  std::vector<ActionChange> push(const std::vector<double>& scores, double start_seconds, double end_seconds,
                                 bool is_first);
  /// Time goes on though no window is complete.
  std::vector<ActionChange> advance(double now_seconds);
  /// The stream ends, or its region is gone: the action that is under way ends here.
  std::vector<ActionChange> finish(double now_seconds);

  std::optional<ActiveAction> active() const { return active_; }
  /// The smoothed scores of the last window, by class index; empty before the first.
  const std::vector<double>& scores() const { return scores_; }

 private:
  std::optional<int64_t> best_label() const;
  bool goes_on(std::optional<int64_t> best) const;
  void begin(int64_t class_index, double start_seconds);
  void end(double end_seconds, std::vector<ActionChange>& changes);
  void tell(double shown_until_seconds, std::vector<ActionChange>& changes);

  ActionOptions options_;
  Smoothing smoothing_;
  std::vector<double> scores_;
  std::optional<ActiveAction> active_;
  double best_score_ = 0;     // Of the active action.
  double shown_seconds_ = 0;  // End of the last window that shows it.
  double faded_seconds_ = 0;  // Middle of the first window that does not, while it is held.
  int64_t next_number_;
};

}  // namespace gerund::serve
