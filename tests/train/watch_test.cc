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

TEST(Watch, CountsValidationsSinceTheBest) {
  std::vector<nets::EpochMetrics> history;
  EXPECT_EQ(epochs_without_progress(history, "val_loss"), 0);
  history = {epoch_of(1, 0.5, 0.1), epoch_of(1, 0.6, 0.3)};
  EXPECT_EQ(epochs_without_progress(history, "val_loss"), 1);
  EXPECT_EQ(epochs_without_progress(history, "val_accuracy"), 0);
  history.push_back(epoch_of(1, {}, {}));  // Without validation: says nothing.
  EXPECT_EQ(epochs_without_progress(history, "val_loss"), 1);
  history.push_back(epoch_of(1, 0.5, 0.3));  // As good is not better.
  EXPECT_EQ(epochs_without_progress(history, "val_loss"), 2);
  history.push_back(epoch_of(1, 0.4, 0.2));
  EXPECT_EQ(epochs_without_progress(history, "val_loss"), 0);
}

}  // namespace
}  // namespace gerund::train
