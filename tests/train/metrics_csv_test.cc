#include "train/metrics_csv.h"

#include <gtest/gtest.h>

namespace gerund::train {
namespace {

TEST(MetricsCsv, HasALinePerEpochAndEmptyCellsWithoutValidation) {
  const std::vector<nets::EpochMetrics> history{
      {0, 0.001, 1.25, 0.5, std::nullopt, std::nullopt, std::nullopt, 12.345, 8.1, 0.03125},
      {1, 1e-05, 0.0000125, 1, 0.75, 0.875, 0.8, 3600, 100, 0}};
  EXPECT_EQ(metrics_csv(history),
            "epoch,lr,train_loss,train_accuracy,val_loss,val_accuracy,val_class_accuracy,seconds,clips_per_second,wait_"
            "share\n"
            "0,0.001,1.25,0.5,,,,12.35,8.10,0.0312\n"
            "1,1e-05,1.25e-05,1,0.75,0.875,0.8,3600.00,100.00,0.0000\n");
  EXPECT_EQ(metrics_csv({}),
            "epoch,lr,train_loss,train_accuracy,val_loss,val_accuracy,val_class_accuracy,seconds,clips_per_second,wait_"
            "share\n");
}

}  // namespace
}  // namespace gerund::train
