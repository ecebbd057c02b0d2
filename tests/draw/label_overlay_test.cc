#include "draw/label_overlay.h"

#include <gtest/gtest.h>

#include "draw/palette.h"
#include "draw/pixel_set.h"

namespace gerund::draw {
namespace {

constexpr Color kGround{120, 120, 120};

LabelOverlay three_labels() {
  LabelOverlay overlay;
  overlay.top = {{"fall_floor", 0.8, 4}, {"ride_bike", 0.15, 3}, {"walk", 0.05, 0}};
  return overlay;
}

PixelSet bar_of(const tensor::Frame& frame, int64_t class_index) {
  return pixels_like(frame, mix(class_color(class_index), {255, 255, 255}, 0.15), 8);
}

TEST(LabelOverlay, TextIsInsideThePanelOnEveryFrameSize) {
  LabelOverlay overlay = three_labels();
  overlay.top[0].label = "a_label_much_longer_than_the_panel_is_wide";
  for (const auto& [width, height] :
       {std::pair{160, 120}, {176, 144}, {320, 240}, {120, 160}, {640, 360}, {1080, 1920}, {1920, 1080}}) {
    tensor::Frame frame = plain(width, height, kGround);
    draw_label_overlay(frame, overlay);
    const auto upper = [h = height](int y) { return y < h * 0.6; };
    const PixelSet panel =
        find_pixels(frame, [&](int x, int y) { return upper(y) && distance(pixel_at(frame, x, y), kGround) > 0; });
    const PixelSet ink = find_pixels(frame, [&](int x, int y) { return upper(y) && pixel_at(frame, x, y).r > 225; });
    EXPECT_GT(ink.count, 20) << width << "x" << height;
    EXPECT_GT(ink.left, panel.left + 1) << width << "x" << height;
    EXPECT_LT(ink.right, panel.right - 1) << width << "x" << height;
    EXPECT_GT(ink.top, panel.top) << width << "x" << height;
    EXPECT_LT(ink.bottom, panel.bottom) << width << "x" << height;
    EXPECT_GE(panel.left, 2) << width << "x" << height;
    EXPECT_LE(panel.right, width - 2) << width << "x" << height;
  }
}

TEST(LabelOverlay, BarIsAsLongAsItsScore) {
  LabelOverlay overlay = three_labels();
  overlay.top[0].score = 1.0;
  overlay.top[1].score = 0.5;
  tensor::Frame frame = plain(1280, 720, kGround);
  draw_label_overlay(frame, overlay);
  const PixelSet first = bar_of(frame, 4), second = bar_of(frame, 3);
  EXPECT_EQ(first.left, second.left);
  EXPECT_NEAR(static_cast<double>(first.right - first.left) / (second.right - second.left), 2, 0.05);
  const PixelSet panel =
      find_pixels(frame, [&](int x, int y) { return y < 400 && distance(pixel_at(frame, x, y), kGround) > 0; });
  EXPECT_NEAR(first.right, panel.right - panel.left, 4) << "a whole bar ends as far from the edge as the panel begins";
  EXPECT_LT(first.bottom, second.top) << "the better one stands higher";
}

TEST(LabelOverlay, ProgressLineReachesAsFarAsTheTime) {
  LabelOverlay overlay;
  const std::vector<TimelineSpan> spans{{0, 30, 1}, {30, 40, 2}};
  overlay.seconds = 10;
  overlay.duration_seconds = 40;
  overlay.spans = spans;
  tensor::Frame frame = plain(400, 300, kGround);
  draw_label_overlay(frame, overlay);
  const PixelSet done = pixels_like(frame, class_color(1));
  EXPECT_EQ(done.left, 0);
  EXPECT_NEAR(done.right, 100, 3);
  EXPECT_EQ(done.bottom, 300);
  EXPECT_EQ(pixels_like(frame, class_color(2)).count, 0) << "what is to come is only hinted at";
}

TEST(LabelOverlay, WithoutLabelsAndDurationOnlyTheClockIsDrawn) {
  tensor::Frame frame = plain(320, 240, kGround);
  draw_label_overlay(frame, {});
  const PixelSet drawn = pixels_unlike(frame, kGround);
  EXPECT_GT(drawn.left, 200);
  EXPECT_GT(drawn.top, 200);
  EXPECT_LT(drawn.bottom, 239);
}

TEST(LabelOverlay, MostOfThePictureStaysAsItWas) {
  LabelOverlay overlay = three_labels();
  overlay.top.resize(10, {"another", 0.01, 5});
  overlay.duration_seconds = 3;
  for (const auto& [width, height] : {std::pair{160, 120}, {1920, 1080}}) {
    tensor::Frame frame = plain(width, height, kGround);
    draw_label_overlay(frame, overlay);
    EXPECT_LT(pixels_unlike(frame, kGround).count, width * height / 2);
  }
}

}  // namespace
}  // namespace gerund::draw
