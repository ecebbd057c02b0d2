#include "deploy/frame_rate.h"

#include <gtest/gtest.h>

namespace gerund::deploy {
namespace {

// cur = size of the queue / (now - its front), at most 50 frames; avg = frames / (now - first).
TEST(FrameRate, IsThatOfTheLastFiftyFramesAndOfAll) {
  FrameRate rate;
  EXPECT_EQ(rate.current(1), 0);
  for (int i = 0; i < 100; ++i) rate.add(10 + i * 0.1);   // 10 per second until 19.9,
  for (int i = 0; i < 100; ++i) rate.add(20 + i * 0.02);  // then 50 per second until 21.98.
  EXPECT_NEAR(rate.current(22), 50 / (22 - 21.0), 1e-9);
  EXPECT_NEAR(rate.average(22), 200 / 12.0, 1e-9);
  EXPECT_EQ(rate.count(), 200);
}

TEST(FrameRate, LineHasAPairForEachSource) {
  FrameRate one;
  one.add(0);
  one.add(1);
  EXPECT_EQ(rate_line({one, FrameRate()}, 2), "FPS(cur/avg): 1.00 (1.00) \t0.00 (0.00) \t");
}

}  // namespace
}  // namespace gerund::deploy
