// train/sweep.h - a grid of settings and how the run of each came out: the verb sweep.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nets/checkpoint.h"

namespace gerund::train {

/// A key of the spec and the values that it takes in turn.
struct GridAxis {
  std::string key;
  std::vector<std::string> values;  ///< As they stand behind the "=" of an override.

  bool operator==(const GridAxis&) const = default;
};

/// "train.optim.lr=0.01,0.003"; commas inside of brackets or quotes part nothing. Throws UserError for text without a
/// key or values, and for a value given twice.
GridAxis parse_axis(const std::string& text);

/// One run of a grid.
struct GridPoint {
  std::string name;                    ///< "rgb_seq_length=8,lr=0.01": of a folder.
  std::vector<std::string> overrides;  ///< "key=value" for each axis.
};

/// All combinations, the last axis changing first. Throws UserError for a key that stands in two axes, no axis, and
/// values whose names would be the same.
std::vector<GridPoint> make_grid(std::span<const GridAxis> axes);

/// How a run came out.
struct GridResult {
  GridPoint point;
  std::optional<nets::EpochMetrics> best;  ///< Of its best epoch; nullopt where it failed.
  double seconds = 0;                      ///< Of all its epochs' training.
  std::string failure;                     ///< What was wrong; empty where it did not fail.
  std::string checkpoint;                  ///< Path of its best.
};

/// The best first, by train.best_metric; failed ones last, in the order given.
void sort_by(std::vector<GridResult>& results, const std::string& metric);

/// Rows of equal columns for a person: a heading, then a line for each result.
std::string grid_table(std::span<const GridAxis> axes, std::span<const GridResult> results);
/// The same as CSV, with all metrics of the best epoch.
std::string grid_csv(std::span<const GridAxis> axes, std::span<const GridResult> results);

}  // namespace gerund::train
