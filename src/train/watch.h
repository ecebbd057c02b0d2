// train/watch.h - which epoch of a run is its best, and whether it still gets better.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "nets/checkpoint.h"

namespace gerund::train {

/// What `metric` (train.best_metric) of an epoch is, the lower the better: losses as they are, accuracies negated.
/// nullopt where the epoch had no validation.
std::optional<double> score_of(const nets::EpochMetrics& epoch, const std::string& metric);

/// What is looked at: `wanted` (train.best_metric), or train_loss where no epoch of the history was validated.
std::string watched_metric(std::span<const nets::EpochMetrics> history, const std::string& wanted);

/// The epoch with the lowest score, the first of several; nullopt without any.
std::optional<int64_t> best_epoch(std::span<const nets::EpochMetrics> history, const std::string& metric);

/// Epochs with a score since that one.
int64_t epochs_without_progress(std::span<const nets::EpochMetrics> history, const std::string& metric);

}  // namespace gerund::train
