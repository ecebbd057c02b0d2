// train/watch.h - which epoch of a run is its best, and whether it still gets better.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nets/checkpoint.h"

namespace gerund::train {

/// What `metric` (train.best_metric) of an epoch is, the lower the better: losses as they are, accuracies negated.
/// nullopt where the epoch had no validation.
std::optional<double> score_of(const nets::EpochMetrics& epoch, const std::string& metric);

/// Validations since the best one.
int64_t epochs_without_progress(const std::vector<nets::EpochMetrics>& history, const std::string& metric);

}  // namespace gerund::train
