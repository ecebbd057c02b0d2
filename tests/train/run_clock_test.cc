#include "train/run_clock.h"

#include <gtest/gtest.h>

namespace gerund::train {
namespace {

class RunClockTest : public testing::Test {
 protected:
  double now_ = 1000;
  RunClock clock_{5, [this] { return now_; }};
};

TEST_F(RunClockTest, TheFirstEpochIsJudgedByItsSteps) {
  clock_.begin_epoch(0, 0, 10);
  EXPECT_EQ(clock_.seconds_left(), 0) << "nothing is known yet";
  now_ += 8;
  clock_.step(4);
  EXPECT_EQ(clock_.step_seconds(), 2);
  EXPECT_EQ(clock_.seconds_left(), 2 * (6 + 40));
  now_ += 12;
  clock_.step(10);
  now_ += 5;  // Validation.
  EXPECT_EQ(clock_.seconds_after_epoch(), 25 * 4);
}

TEST_F(RunClockTest, LaterOnesByTheLastThreeEpochsWithTheirValidation) {
  const double lengths[] = {100, 10, 20, 30};
  for (int64_t epoch = 0; epoch < 4; ++epoch) {
    clock_.begin_epoch(epoch, 0, 10);
    now_ += lengths[epoch] / 2;
    clock_.step(10);
    now_ += lengths[epoch] / 2;
    clock_.end_epoch();
  }
  EXPECT_EQ(clock_.epoch_seconds(), 20);
  EXPECT_EQ(clock_.seconds_left(), 20) << "one epoch is left";
  clock_.begin_epoch(4, 0, 10);
  EXPECT_EQ(clock_.seconds_after_epoch(), 0);
}

TEST_F(RunClockTest, AnEpochThatWasGoneOnWithIsNotTakenForAWholeOne) {
  clock_.begin_epoch(2, 8, 10);
  now_ += 6;
  clock_.step(10);
  EXPECT_EQ(clock_.step_seconds(), 3);
  EXPECT_EQ(clock_.epoch_seconds(), 30);
  clock_.end_epoch();
  clock_.begin_epoch(3, 0, 10);
  now_ += 50;
  clock_.step(10);
  clock_.end_epoch();
  EXPECT_EQ(clock_.epoch_seconds(), 50);
}

}  // namespace
}  // namespace gerund::train
