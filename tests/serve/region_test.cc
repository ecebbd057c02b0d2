#include "serve/region.h"

#include <gtest/gtest.h>

#include <limits>

namespace gerund::serve {
namespace {

using clip::Rectangle;

TEST(Region, ABoxInsideOfTheFrameStaysAsItIs) {
  EXPECT_EQ(clamp_to_frame({3, 4, 5, 6}, 20, 10), (Rectangle{3, 4, 5, 6}));
  EXPECT_EQ(clamp_to_frame({0, 0, 20, 10}, 20, 10), (Rectangle{0, 0, 20, 10}));
}

TEST(Region, ABoxOverAnEdgeLosesWhatLiesOutside) {
  EXPECT_EQ(clamp_to_frame({-3, 2, 5, 4}, 20, 10), (Rectangle{0, 2, 2, 4}));
  EXPECT_EQ(clamp_to_frame({18, 2, 5, 4}, 20, 10), (Rectangle{18, 2, 2, 4}));
  EXPECT_EQ(clamp_to_frame({2, -1, 5, 4}, 20, 10), (Rectangle{2, 0, 5, 3}));
  EXPECT_EQ(clamp_to_frame({2, 9, 5, 4}, 20, 10), (Rectangle{2, 9, 5, 1}));
  EXPECT_EQ(clamp_to_frame({-5, -5, 100, 100}, 20, 10), (Rectangle{0, 0, 20, 10}));
}

TEST(Region, ABoxOutsideOfTheFrameHasNoArea) {
  for (const Rectangle& box : {Rectangle{-5, 2, 5, 4}, Rectangle{20, 2, 5, 4}, Rectangle{-9, 2, 5, 4},
                               Rectangle{50, 2, 5, 4}, Rectangle{4, 4, 0, 3}, Rectangle{4, 4, -2, 3}})
    EXPECT_EQ(clamp_to_frame(box, 20, 10).width, 0) << box.x << " " << box.width;
  for (const Rectangle& box : {Rectangle{2, -4, 5, 4}, Rectangle{2, 10, 5, 4}, Rectangle{2, 3, 5, 0}})
    EXPECT_EQ(clamp_to_frame(box, 20, 10).height, 0) << box.y << " " << box.height;
}

TEST(Region, NumbersAtTheEndOfTheirRangeDoNotOverflow) {
  constexpr int kMost = std::numeric_limits<int>::max();
  constexpr int kLeast = std::numeric_limits<int>::min();
  EXPECT_EQ(clamp_to_frame({5, 5, kMost, kMost}, 20, 10), (Rectangle{5, 5, 15, 5}));
  EXPECT_EQ(clamp_to_frame({kLeast, kLeast, kMost, kMost}, 20, 10), (Rectangle{0, 0, 0, 0}));
  EXPECT_EQ(clamp_to_frame({kMost, 0, kMost, 10}, 20, 10).width, 0);
}

TEST(Region, KeysOfAreasAndTracksNeverMeet) {
  EXPECT_NE((RegionKey{RegionKind::area, "7"}), (RegionKey{RegionKind::track, "7"}));
  EXPECT_EQ((RegionKey{RegionKind::track, "7"}), (RegionKey{RegionKind::track, "7"}));
}

}  // namespace
}  // namespace gerund::serve
