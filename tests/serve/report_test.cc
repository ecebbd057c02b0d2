#include "serve/report.h"

#include <gtest/gtest.h>

namespace gerund::serve {
namespace {

TEST(Report, BoxesAreScaledWithThePicture) {
  FrameReport report;
  report.frame_width = 640;
  report.frame_height = 480;
  report.windows.emplace_back().box = {64, 48, 320, 240};
  report.regions.emplace_back().box = {0, 0, 640, 480};
  report.events.emplace_back().box = {3, 5, 7, 9};
  scale_boxes(report, 320, 120);
  EXPECT_EQ(report.frame_width, 320);
  EXPECT_EQ(report.frame_height, 120);
  EXPECT_EQ(report.windows[0].box, (clip::Rectangle{32, 12, 160, 60}));
  EXPECT_EQ(report.regions[0].box, (clip::Rectangle{0, 0, 320, 120}));
  EXPECT_EQ(report.events[0].box, (clip::Rectangle{2, 1, 4, 2}));  // 1.5, 1.25, 3.5, 2.25
}

TEST(Report, OneOfAnUnknownSizeStaysAsItIs) {
  FrameReport report;
  report.windows.emplace_back().box = {1, 2, 3, 4};
  scale_boxes(report, 320, 240);
  EXPECT_EQ(report.windows[0].box, (clip::Rectangle{1, 2, 3, 4}));
}

}  // namespace
}  // namespace gerund::serve
