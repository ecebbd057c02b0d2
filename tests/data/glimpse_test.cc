#include "data/glimpse.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/interrupt.h"
#include "small_videos.h"

namespace gerund::data {
namespace {

// The square of these clips travels from left to right within 12 frames; its column in the middle row band tells time.
int brightest_column(const tensor::Frame& frame) {
  int best = 0, brightest = -1;
  for (int x = 0; x < frame.width; ++x) {
    int sum = 0;
    for (int y = 0; y < frame.height; ++y) sum += frame.row(y)[3 * x];
    if (sum > brightest) {
      brightest = sum;
      best = x;
    }
  }
  return best;
}

TEST(Glimpse, TakesTheMiddlesOfEqualPartsInOrder) {
  const testing_data::TemporaryFolder folder("glimpse");
  testing_data::write_moving_square(folder.path() / "clip.avi", 1, 5);
  const auto frames = glimpse(folder.path() / "clip.avi", 3);
  ASSERT_EQ(frames.size(), 3U);
  // Frames 2, 6 and 10 of 12: the square begins at 34 * t / 11 and is 14 wide.
  for (size_t i = 0; i < 3; ++i) {
    const int left = (2 + 4 * static_cast<int>(i)) * 34 / 11;
    EXPECT_GE(brightest_column(frames[i]), left - 1) << i;
    EXPECT_LT(brightest_column(frames[i]), left + 15) << i;
  }
}

TEST(Glimpse, OfAShortClipIsAllOfItAndOfABrokenOneNothing) {
  const testing_data::TemporaryFolder folder("glimpse");
  testing_data::write_moving_square(folder.path() / "short.avi", 1, 5, 2);
  EXPECT_EQ(glimpse(folder.path() / "short.avi", 5).size(), 2U);
  base::write_file(folder.path() / "text.avi", "this is no video");
  base::write_file(folder.path() / "empty.avi", "");
  EXPECT_TRUE(glimpse(folder.path() / "text.avi", 5).empty());
  EXPECT_TRUE(glimpse(folder.path() / "empty.avi", 5).empty());
  EXPECT_TRUE(glimpse(folder.path() / "missing.avi", 5).empty());
}

TEST(Glimpse, DoesNotStandInTheWayOfAnInterruption) {
  const testing_data::TemporaryFolder folder("glimpse");
  testing_data::write_moving_square(folder.path() / "clip.avi", 1, 5);
  base::request_interrupt();
  EXPECT_TRUE(glimpse(folder.path() / "clip.avi", 3).empty());
  base::request_interrupt(false);
}

}  // namespace
}  // namespace gerund::data
