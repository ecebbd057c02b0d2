// train/find_rate.h - tries learning rates from low to high on a network that nobody keeps: the verb find-lr.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/progress.h"
#include "spec/experiment.h"

namespace gerund::train {

struct RateOptions {
  double lowest = 1e-5;       ///< Rate of the first update, > 0.
  double highest = 1;         ///< Rate of the last, > lowest.
  int64_t num_updates = 100;  ///< >= 20; rates grow by the same factor from each to the next.
  bool strict = false;        ///< A broken clip is an error instead of being left out.
};

/// One update.
struct RateTrial {
  double rate = 0;
  double loss = 0;         ///< Of its batch, before the update.
  double smooth_loss = 0;  ///< Mean of the losses so far, each counting 0.9 times the one behind it.
};

struct RateSearch {
  std::vector<RateTrial> trials;  ///< Fewer than asked for where the smooth loss doubled from its lowest.
  /// A tenth of the rate at which the smooth loss has risen by a quarter from its lowest for good: where learning
  /// breaks, less a margin; the lowest rate at least. The first ten updates are not judged, unless the loss doubles in
  /// them. nullopt where it never has; higher rates may do then.
  std::optional<double> advised;
  bool has_diverged = false;  ///< It doubled, or was no number.
};

/// Trains the network of a spec on its training clips, in its batches, with its optimizer, a rate more at each update.
/// Reads train.seed as training does and writes no file.
/// Source: L. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017.
/// Throws UserError for options out of range and as run_training does; Interrupted after Ctrl-C.
RateSearch find_rate(const spec::Experiment& experiment, const RateOptions& options, base::Progress& progress);

/// The losses of updates at rising rates, smoothed and judged. `losses` has as many numbers as `rates`, or fewer.
RateSearch judge_rates(std::span<const double> rates, std::span<const double> losses);

}  // namespace gerund::train
