#include "draw/live_overlay.h"

#include <gtest/gtest.h>

namespace gerund::draw {
namespace {

tensor::Frame gray(int width, int height) {
  tensor::Frame frame(width, height);
  std::fill(frame.rgb.begin(), frame.rgb.end(), uint8_t{128});
  return frame;
}

int64_t changed(const tensor::Frame& frame, const Rect& where) {
  int64_t count = 0;
  for (int y = static_cast<int>(where.y); y < static_cast<int>(where.y + where.height); ++y)
    for (int x = static_cast<int>(where.x); x < static_cast<int>(where.x + where.width); ++x)
      count += frame.row(y)[3 * x] != 128 || frame.row(y)[3 * x + 1] != 128;
  return count;
}

LiveOverlay one_region(bool is_stale) {
  LiveOverlay overlay;
  LiveRegion region;
  region.box = {160, 60, 140, 160};
  region.label = "walk";
  region.score = 0.9;
  region.class_index = 1;
  region.is_stale = is_stale;
  overlay.regions.push_back(region);
  return overlay;
}

TEST(LiveOverlay, DrawsTheLabelInItsRegionAndNothingElsewhere) {
  tensor::Frame frame = gray(320, 240);
  draw_live_overlay(frame, one_region(false));
  EXPECT_GT(changed(frame, {160, 60, 60, 30}), 200);
  EXPECT_EQ(changed(frame, {0, 0, 155, 240}), 0);
}

TEST(LiveOverlay, DrawsAHeldLabelPaler) {
  tensor::Frame fresh = gray(320, 240), stale = gray(320, 240);
  draw_live_overlay(fresh, one_region(false));
  draw_live_overlay(stale, one_region(true));
  const auto distance = [](const tensor::Frame& frame) {
    int64_t sum = 0;
    for (int x = 164; x < 180; ++x) sum += std::abs(frame.row(66)[3 * x] - 128);
    return sum;
  };
  EXPECT_LT(distance(stale), distance(fresh));
}

TEST(LiveOverlay, DrawsNothingWhereThereIsNothing) {
  tensor::Frame frame = gray(320, 240);
  draw_live_overlay(frame, {});
  EXPECT_EQ(changed(frame, {0, 0, 320, 240}), 0);
}

TEST(LiveOverlay, KeepsWithinSmallFramesAndBoxesBeyondTheEdge) {
  for (const auto& [width, height] : {std::pair(96, 72), std::pair(97, 73), std::pair(20, 20)}) {
    tensor::Frame frame = gray(width, height);
    LiveOverlay overlay = one_region(false);
    overlay.regions[0].box = {-50, -10, 1000, 1000};
    overlay.regions[0].label = "a label that is far too long for this";
    overlay.regions[0].top = {{"a", 0.5, 0}, {"b", 2, 1}, {"c", -1, 2}};
    overlay.caption = overlay.notice = "reconnecting to a camera with a long name";
    draw_live_overlay(frame, overlay);
    EXPECT_GT(changed(frame, {0, 0, static_cast<double>(width), static_cast<double>(height)}), 0);
  }
}

}  // namespace
}  // namespace gerund::draw
