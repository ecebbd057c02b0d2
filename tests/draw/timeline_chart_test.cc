#include "draw/timeline_chart.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "draw/palette.h"
#include "draw/pixel_set.h"

namespace gerund::draw {
namespace {

TimelineChart two_actions() {
  TimelineChart chart;
  chart.title = "clip.mp4";
  chart.labels = {"walk", "run"};
  chart.duration_seconds = 20;
  chart.predicted = {{0, 5, 0}, {5, 20, 1}};
  return chart;
}

// Pixels of a class's colour in the topmost row that has one: the upper edge of the first band.
PixelSet band_of(const tensor::Frame& frame, int64_t class_index) {
  const int top = pixels_like(frame, class_color(class_index)).top;
  return find_pixels(
      frame, [&](int x, int y) { return y == top && distance(pixel_at(frame, x, y), class_color(class_index)) == 0; });
}

TEST(TimelineChart, BandsAreAsWideAsTheirTime) {
  const tensor::Frame frame = draw_timeline(two_actions(), 1000);
  EXPECT_EQ(frame.width, 1000);
  const PixelSet walk = band_of(frame, 0), run = band_of(frame, 1);
  EXPECT_EQ(walk.top, run.top);
  EXPECT_NEAR(static_cast<double>(run.right - run.left) / (walk.right - walk.left), 15.0 / 5.0, 0.05);
  EXPECT_NEAR(walk.right, run.left, 2);
}

TEST(TimelineChart, TruthIsASecondBandBelowThePredicted) {
  TimelineChart chart = two_actions();
  const int height = draw_timeline(chart, 800).height;
  chart.truth = {{0, 20, 1}};
  chart.predicted = {{0, 20, 0}};
  const tensor::Frame frame = draw_timeline(chart, 800);
  EXPECT_GT(frame.height, height);
  EXPECT_LT(band_of(frame, 0).top + 20, band_of(frame, 1).top);
}

TEST(TimelineChart, HigherScoreIsAHigherCurve) {
  TimelineChart chart = two_actions();
  chart.predicted = {};
  for (int i = 0; i < 20; ++i) chart.scores.push_back({i + 0.5, {0.9, 0.2}});
  const tensor::Frame frame = draw_timeline(chart, 800);
  const auto curve = [&](int64_t class_index) {
    return find_pixels(frame, [&](int x, int y) {
      return y < frame.height - 70 && distance(pixel_at(frame, x, y), mix(kPaper, class_color(class_index), 0.9)) < 6;
    });
  };
  EXPECT_GT(curve(0).count, 500);
  EXPECT_NEAR(curve(1).mean_y - curve(0).mean_y, 0.7 * 150, 2);
}

TEST(TimelineChart, ThumbnailsStandInOrderAboveTheBand) {
  TimelineChart chart = two_actions();
  const Color first{250, 10, 10}, second{10, 250, 10}, third{10, 10, 250};
  chart.thumbnails = {plain(32, 24, first), plain(32, 24, second), plain(32, 24, third)};
  const tensor::Frame frame = draw_timeline(chart, 800);
  const PixelSet a = pixels_like(frame, first), b = pixels_like(frame, second), c = pixels_like(frame, third);
  EXPECT_LE(a.right, b.left);
  EXPECT_LE(b.right, c.left);
  EXPECT_NEAR(a.count, c.count, a.count / 50);
  EXPECT_LT(c.bottom, band_of(frame, 0).top);
}

TEST(TimelineChart, ThumbnailsKeepNearlyTheShapeOfTheVideo) {
  for (const auto& [width, height] : {std::pair{160, 120}, {1920, 1080}, {1080, 1920}}) {
    TimelineChart chart = two_actions();
    const int count = num_thumbnails(1280, width, height);
    chart.thumbnails.assign(static_cast<size_t>(count), plain(width / 10, height / 10, {1, 2, 3}));
    const PixelSet row = pixels_like(draw_timeline(chart, 1280), {1, 2, 3});
    const double shape = static_cast<double>(row.right - row.left) / count / (row.bottom - row.top);
    EXPECT_NEAR(shape / width * height, 1, 0.1);
  }
}

TEST(TimelineChart, NothingTouchesTheMarginsWhateverThereIsToShow) {
  TimelineChart chart;
  chart.title = "a/very/long/path/of/a/video/that/does/not/fit/into/one/line/of/a/small/picture/clip_000001.mp4";
  for (int i = 0; i < 51; ++i) chart.labels.push_back("class_number_" + std::to_string(i));
  chart.duration_seconds = 4000;
  for (int i = 0; i < 400; ++i) chart.predicted.push_back({i * 10.0, i * 10.0 + 10, i % 52 - 1});
  chart.truth = {{0, 5000, 3}};
  for (const int width : {320, 1280}) {
    const tensor::Frame frame = draw_timeline(chart, width);
    const PixelSet drawn = pixels_unlike(frame, kPaper);
    EXPECT_GE(drawn.left, 8) << width;
    EXPECT_LE(drawn.right, width - 8) << width;
    EXPECT_LE(drawn.bottom, frame.height - 8) << width;
  }
}

TEST(TimelineChart, ClassWithoutALabelOrNoDurationIsOurOwnBug) {
  TimelineChart chart = two_actions();
  chart.predicted.push_back({0, 1, 2});
  EXPECT_THROW(draw_timeline(chart), base::InternalError);
  chart = two_actions();
  chart.duration_seconds = 0;
  EXPECT_THROW(draw_timeline(chart), base::InternalError);
  EXPECT_THROW(draw_timeline(two_actions(), 100), base::InternalError);
}

}  // namespace
}  // namespace gerund::draw
