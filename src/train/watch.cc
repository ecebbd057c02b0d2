#include "train/watch.h"

namespace gerund::train {

std::optional<double> score_of(const nets::EpochMetrics& epoch, const std::string& metric) {
  const auto negated = [](const std::optional<double>& value) {
    return value ? std::optional<double>(-*value) : std::nullopt;
  };
  if (metric == "val_accuracy") return negated(epoch.val_accuracy);
  if (metric == "val_class_accuracy") return negated(epoch.val_class_accuracy);
  return metric == "train_loss" ? epoch.train_loss : epoch.val_loss;
}

int64_t epochs_without_progress(const std::vector<nets::EpochMetrics>& history, const std::string& metric) {
  std::optional<double> best;
  int64_t count = 0;
  for (const nets::EpochMetrics& epoch : history) {
    const std::optional<double> score = score_of(epoch, metric);
    if (!score) continue;
    if (!best || *score < *best) {
      best = score;
      count = 0;
    } else {
      ++count;
    }
  }
  return count;
}

}  // namespace gerund::train
