#include "train/watch.h"

#include <algorithm>

namespace gerund::train {

std::optional<double> score_of(const nets::EpochMetrics& epoch, const std::string& metric) {
  const auto negated = [](const std::optional<double>& value) {
    return value ? std::optional<double>(-*value) : std::nullopt;
  };
  if (metric == "val_accuracy") return negated(epoch.val_accuracy);
  if (metric == "val_class_accuracy") return negated(epoch.val_class_accuracy);
  return metric == "train_loss" ? epoch.train_loss : epoch.val_loss;
}

std::string watched_metric(std::span<const nets::EpochMetrics> history, const std::string& wanted) {
  const bool is_validated = std::any_of(history.begin(), history.end(),
                                        [](const nets::EpochMetrics& epoch) { return epoch.val_loss.has_value(); });
  return is_validated ? wanted : "train_loss";
}

std::optional<int64_t> best_epoch(std::span<const nets::EpochMetrics> history, const std::string& metric) {
  const nets::EpochMetrics* best = nullptr;
  for (const nets::EpochMetrics& epoch : history) {
    const std::optional<double> score = score_of(epoch, metric);
    if (score && (best == nullptr || *score < *score_of(*best, metric))) best = &epoch;
  }
  return best == nullptr ? std::nullopt : std::optional(best->epoch);
}

int64_t epochs_without_progress(std::span<const nets::EpochMetrics> history, const std::string& metric) {
  const std::optional<int64_t> best = best_epoch(history, metric);
  return std::count_if(history.begin(), history.end(), [&](const nets::EpochMetrics& epoch) {
    return epoch.epoch > best.value_or(0) && score_of(epoch, metric).has_value();
  });
}

}  // namespace gerund::train
