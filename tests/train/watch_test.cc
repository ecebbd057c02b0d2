#include "train/watch.h"

#include <gtest/gtest.h>

namespace gerund::train {
namespace {

nets::EpochMetrics epoch_of(double train_loss, std::optional<double> val_loss, std::optional<double> val_accuracy) {
  nets::EpochMetrics epoch;
  epoch.train_loss = train_loss;
  epoch.val_loss = val_loss;
  epoch.val_accuracy = val_accuracy;
  if (val_accuracy) epoch.val_class_accuracy = *val_accuracy / 2;
  return epoch;
}

TEST(Watch, ScoresAreTheLowerTheBetter) {
  const nets::EpochMetrics epoch = epoch_of(0.5, 0.25, 0.75);
  EXPECT_EQ(score_of(epoch, "train_loss"), 0.5);
  EXPECT_EQ(score_of(epoch, "val_loss"), 0.25);
  EXPECT_EQ(score_of(epoch, "val_accuracy"), -0.75);
  EXPECT_EQ(score_of(epoch, "val_class_accuracy"), -0.375);
  EXPECT_EQ(score_of(epoch_of(0.5, {}, {}), "val_loss"), std::nullopt);
  EXPECT_EQ(score_of(epoch_of(0.5, {}, {}), "val_accuracy"), std::nullopt);
}

std::vector<nets::EpochMetrics> numbered(std::vector<nets::EpochMetrics> history) {
  for (size_t i = 0; i < history.size(); ++i) history[i].epoch = static_cast<int64_t>(i);
  return history;
}

TEST(Watch, TheBestEpochIsTheFirstWithTheLowestScore) {
  EXPECT_EQ(best_epoch({}, "val_loss"), std::nullopt);
  const auto history =
      numbered({epoch_of(3, 0.5, 0.1), epoch_of(2, 0.25, 0.3), epoch_of(1, 0.25, 0.3), epoch_of(0, {}, {})});
  EXPECT_EQ(best_epoch(history, "val_loss"), 1);
  EXPECT_EQ(best_epoch(history, "val_accuracy"), 1);
  EXPECT_EQ(best_epoch(history, "train_loss"), 3);
}

TEST(Watch, WithoutValidationTheTrainingLossIsWatched) {
  EXPECT_EQ(watched_metric({}, "val_accuracy"), "train_loss");
  const std::vector<nets::EpochMetrics> without{epoch_of(1, {}, {})};
  EXPECT_EQ(watched_metric(without, "val_accuracy"), "train_loss");
  const std::vector<nets::EpochMetrics> with{epoch_of(1, {}, {}), epoch_of(1, 0.5, 0.5)};
  EXPECT_EQ(watched_metric(with, "val_accuracy"), "val_accuracy");
}

TEST(Watch, CountsValidationsSinceTheBest) {
  std::vector<nets::EpochMetrics> history;
  const auto count = [&](const std::string& metric) { return epochs_without_progress(numbered(history), metric); };
  EXPECT_EQ(count("val_loss"), 0);
  history = {epoch_of(1, 0.5, 0.1), epoch_of(1, 0.6, 0.3)};
  EXPECT_EQ(count("val_loss"), 1);
  EXPECT_EQ(count("val_accuracy"), 0);
  history.push_back(epoch_of(1, {}, {}));  // Without validation: says nothing.
  EXPECT_EQ(count("val_loss"), 1);
  history.push_back(epoch_of(1, 0.5, 0.3));  // As good is not better.
  EXPECT_EQ(count("val_loss"), 2);
  history.push_back(epoch_of(1, 0.4, 0.2));
  EXPECT_EQ(count("val_loss"), 0);
}

}  // namespace
}  // namespace gerund::train
