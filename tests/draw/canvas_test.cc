#include "draw/canvas.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "draw/palette.h"
#include "draw/pixel_set.h"

namespace gerund::draw {
namespace {

constexpr Color kWhite{255, 255, 255};
constexpr Color kBlack{0, 0, 0};

TEST(Canvas, RectangleCoversAPixelByTheShareOfItInside) {
  tensor::Frame frame = plain(6, 6, kWhite);
  Canvas(frame).fill_rect({1.5, 2, 2.25, 1}, kBlack);
  EXPECT_EQ(pixel_at(frame, 0, 2).r, 255);
  EXPECT_EQ(pixel_at(frame, 1, 2).r, 128);  // Half of 255, rounded.
  EXPECT_EQ(pixel_at(frame, 2, 2).r, 0);
  EXPECT_EQ(pixel_at(frame, 3, 2).r, 64);  // A quarter stays white: 63.75.
  EXPECT_EQ(pixel_at(frame, 4, 2).r, 255);
  EXPECT_EQ(pixel_at(frame, 2, 1).r, 255);
  EXPECT_EQ(pixel_at(frame, 2, 3).r, 255);
}

TEST(Canvas, AlphaMixesWithWhatIsThere) {
  tensor::Frame frame = plain(3, 3, {200, 100, 0});
  Canvas(frame).fill_rect({0, 0, 3, 3}, {0, 100, 255, 0.25});
  EXPECT_EQ(pixel_at(frame, 1, 1), (Color{150, 100, 64}));
}

TEST(Canvas, RoundCornersAreClearAndTheMiddleIsFull) {
  tensor::Frame frame = plain(20, 20, kWhite);
  Canvas(frame).fill_rect({2, 2, 16, 16}, kBlack, 6);
  EXPECT_EQ(pixel_at(frame, 2, 2), kWhite);
  EXPECT_EQ(pixel_at(frame, 17, 17), kWhite);
  EXPECT_EQ(pixel_at(frame, 10, 2), kBlack);
  EXPECT_EQ(pixel_at(frame, 10, 10), kBlack);
}

TEST(Canvas, BoxIsAnOutlineInsideItsRectangle) {
  tensor::Frame frame = plain(12, 10, kWhite);
  Canvas(frame).box({2, 1, 8, 7}, {0, 0, 0, 0.5}, 2);
  const PixelSet drawn = pixels_unlike(frame, kWhite);
  EXPECT_EQ(drawn.count, 8 * 7 - 4 * 3);
  EXPECT_EQ(pixels_like(frame, {128, 128, 128}).count, drawn.count) << "corners are blended once";
  EXPECT_EQ(drawn.left, 2);
  EXPECT_EQ(drawn.bottom, 8);
}

TEST(Canvas, LineIsAsThickAsAskedFor) {
  tensor::Frame frame = plain(30, 12, kWhite);
  Canvas(frame).line({5, 6}, {25, 6}, kBlack, 4);
  for (int y = 0; y < 12; ++y) EXPECT_EQ(pixel_at(frame, 15, y), y >= 4 && y < 8 ? kBlack : kWhite) << y;
}

TEST(Canvas, ClearPolylineIsNotDarkerWhereItMeetsItself) {
  tensor::Frame frame = plain(40, 40, kWhite);
  const std::array<Point, 4> points{{{5, 5}, {35, 35}, {35, 5}, {5, 35}}};
  Canvas(frame).polyline(points, {0, 0, 0, 0.5}, 3);
  uint8_t darkest = 255;
  for (const uint8_t value : frame.rgb) darkest = std::min(darkest, value);
  EXPECT_EQ(darkest, 128);
}

TEST(Canvas, WhatLiesOutsideTheFrameIsLeftOut) {
  tensor::Frame frame = plain(16, 16, kWhite);
  Canvas canvas(frame);
  canvas.fill_rect({-50, -50, 20, 20}, kBlack);
  canvas.line({-20, -5}, {40, -5}, kBlack, 3);
  canvas.text({100, 5}, "outside", {});
  canvas.text_upwards({5, -100}, "outside", {});
  canvas.picture({30, 30, 8, 8}, plain(4, 4, kBlack));
  EXPECT_EQ(pixels_unlike(frame, kWhite).count, 0);
  canvas.fill_rect({-5, -5, 8, 7}, kBlack);
  EXPECT_EQ(pixels_like(frame, kBlack).count, 3 * 2);
  canvas.picture({14, 14, 8, 8}, plain(4, 4, {255, 0, 0}));
  EXPECT_EQ(pixels_like(frame, {255, 0, 0}).count, 2 * 2);
}

TEST(Canvas, TextStaysWithinItsMeasuredWidthForEveryAlignment) {
  for (const Align align : {Align::left, Align::center, Align::right}) {
    for (const double size : {8.0, 13.5, 40.0}) {
      tensor::Frame frame = plain(1000, 80, kWhite);
      const TextStyle style{size, kBlack, false, align};
      Canvas(frame).text({500.4, 40}, "Wide fall_floor 87%", style);
      const PixelSet ink = pixels_unlike(frame, kWhite);
      const double width = text_width("Wide fall_floor 87%", style);
      const double left = align == Align::left ? 500.4 : align == Align::center ? 500.4 - width / 2 : 500.4 - width;
      EXPECT_NEAR(ink.left, left, 2 + size * 0.2);
      EXPECT_NEAR(ink.right, left + width, 2 + size * 0.2);
    }
  }
}

TEST(Canvas, CapitalsAreSevenTenthsOfTheSizeAndCenteredOnTheAnchor) {
  tensor::Frame frame = plain(100, 100, kWhite);
  Canvas(frame).text({20, 50}, "HTE", {40, kBlack});
  const PixelSet ink = pixels_unlike(frame, kWhite);
  EXPECT_NEAR(ink.bottom - ink.top, 28 + 40 * 0.095, 2.5);  // The stroke reaches half its width past both ends.
  EXPECT_NEAR((ink.bottom + ink.top) / 2.0, 50, 1);
}

TEST(Canvas, TextUpwardsIsTheSameTextTurnedAQuarterLeft) {
  tensor::Frame level = plain(120, 120, kWhite), upwards = plain(120, 120, kWhite);
  Canvas(level).text({10, 60}, "Truth", {18, kBlack});
  Canvas(upwards).text_upwards({60, 110}, "Truth", {18, kBlack});
  int num_ink = 0;
  for (int y = 40; y < 80; ++y) {
    for (int x = 5; x < 90; ++x) {
      EXPECT_EQ(pixel_at(level, x, y), pixel_at(upwards, 60 + (y - 60), 110 - 1 - (x - 10)));
      num_ink += pixel_at(level, x, y).r < 128;
    }
  }
  EXPECT_GT(num_ink, 50);
}

TEST(Canvas, BoldTextHasMoreInk) {
  tensor::Frame thin = plain(200, 40, kWhite), bold = plain(200, 40, kWhite);
  Canvas(thin).text({10, 20}, "pushup", {24, kBlack, false});
  Canvas(bold).text({10, 20}, "pushup", {24, kBlack, true});
  const auto ink = [](const tensor::Frame& frame) {
    double sum = 0;
    for (const uint8_t value : frame.rgb) sum += 255 - value;
    return sum;
  };
  EXPECT_GT(ink(bold), 1.2 * ink(thin));
}

TEST(Canvas, LettersLoseTheirAccentsAndOtherCharactersAreOneQuestionMark) {
  tensor::Frame seen = plain(160, 40, kWhite), wanted = plain(160, 40, kWhite);
  // a, e with acute, sharp s, a character of Chinese, half a character, a line break.
  Canvas(seen).text({10, 20}, "a\xc3\xa9\xc3\x9f\xe8\xb5\xb0\xc3 b\n", {20, kBlack});
  Canvas(wanted).text({10, 20}, "aess?? b?", {20, kBlack});
  EXPECT_EQ(seen.rgb, wanted.rgb);
}

TEST(Canvas, ElidedTextKeepsBothEndsAndFits) {
  const TextStyle style{14};
  const std::string name = "swing_baseball_00017";
  EXPECT_EQ(elide(name, style, 1000), name);
  const std::string shorter = elide(name, style, 90);
  EXPECT_LE(text_width(shorter, style), 90);
  EXPECT_GT(text_width(shorter, style), 70);
  EXPECT_NE(shorter.find(".."), std::string::npos);
  EXPECT_EQ(shorter.front(), 's');
  EXPECT_EQ(shorter.back(), '7');
  EXPECT_EQ(elide(name, style, 3), "");
  EXPECT_EQ(elide("", style, -5), "");
}

TEST(Canvas, PictureFillsItsRectangle) {
  tensor::Frame frame = plain(30, 30, kWhite);
  Canvas(frame).picture({4, 6, 20, 10}, plain(7, 5, {10, 20, 30}));
  const PixelSet drawn = pixels_like(frame, {10, 20, 30});
  EXPECT_EQ(drawn.count, 200);
  EXPECT_EQ(drawn.left, 4);
  EXPECT_EQ(drawn.bottom, 16);
}

TEST(Palette, ThirtyClassesHaveThirtyColorsAndNoClassIsGrey) {
  std::set<std::array<int, 3>> seen;
  for (int64_t i = 0; i < 30; ++i) {
    const Color color = class_color(i);
    seen.insert({color.r, color.g, color.b});
  }
  EXPECT_EQ(seen.size(), 30U);
  const Color none = class_color(-1);
  EXPECT_LE(std::max({none.r, none.g, none.b}) - std::min({none.r, none.g, none.b}), 12);
}

TEST(Palette, InkIsLightOnDarkAndDarkOnLight) {
  EXPECT_EQ(ink_on({20, 30, 60}), kWhite);
  EXPECT_EQ(ink_on({250, 240, 200}), kInk);
}

}  // namespace
}  // namespace gerund::draw
