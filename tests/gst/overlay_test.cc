// gerundoverlay: what reports say, drawn.
#include <gtest/gtest.h>

#include <cstdlib>

#include "gst/chain.h"

namespace gerund::gst {
namespace {

constexpr int kWidth = 160;
constexpr int kHeight = 120;

serve::FrameReport empty_report() {
  serve::FrameReport report;
  report.frame_width = kWidth;
  report.frame_height = kHeight;
  report.model =
      std::make_shared<const serve::ModelIdentity>(serve::ModelIdentity{"m.onnx", "0", {"wave", "bow", "sit"}});
  return report;
}

/// A region in the right half that shows "bow", or nothing.
serve::FrameReport region_report(bool shows_action, bool is_held = false) {
  serve::FrameReport report = empty_report();
  serve::RegionReport region;
  region.key = {serve::RegionKind::area, "a"};
  region.box = {80, 20, 70, 80};
  if (shows_action) {
    region.action = serve::ActiveAction{1, 0.9, 0, is_held, false};
    region.scores = {0.05, 0.9, 0.05};
  }
  report.regions.push_back(region);
  return report;
}

BufferHandle frame_with(const serve::FrameReport& report) {
  BufferHandle buffer = plain_frame(kWidth, kHeight, gray(60), 0);
  add_report(buffer.get(), report);
  return buffer;
}

/// How much a picture differs from a plain one, summed over a rectangle.
int64_t ink(GstBuffer* buffer, const clip::Rectangle& box = {0, 0, kWidth, kHeight}) {
  MappedBuffer map(buffer, GST_MAP_READ);
  int64_t sum = 0;
  for (int y = box.y; y < box.y + box.height; ++y)
    for (int x = 3 * box.x; x < 3 * (box.x + box.width); ++x) sum += std::abs(map.data()[y * 3 * kWidth + x] - 60);
  return sum;
}

class Overlay : public testing::Test {
 protected:
  /// The picture that comes out for a report.
  static BufferHandle drawn(const std::string& properties, const serve::FrameReport& report) {
    Chain chain("gerundoverlay " + properties, rgb_caps(kWidth, kHeight));
    return chain.pass(frame_with(report));
  }
};

TEST_F(Overlay, LeavesFramesWithoutReportAlone) {
  Chain chain("gerundoverlay", rgb_caps(kWidth, kHeight));
  BufferHandle in = plain_frame(kWidth, kHeight, gray(60), 0);
  const GstMemory* memory = gst_buffer_peek_memory(in.get(), 0);
  const BufferHandle out = chain.pass(std::move(in));
  EXPECT_EQ(ink(out.get()), 0);
  EXPECT_EQ(gst_buffer_peek_memory(out.get(), 0), memory);
}

TEST_F(Overlay, DrawsNothingWhereNothingIsKnown) {
  EXPECT_EQ(ink(drawn("", empty_report()).get()), 0);
  EXPECT_EQ(ink(drawn("", serve::FrameReport{}).get()), 0);
}

TEST_F(Overlay, DrawsOutlinesAroundTheirRegionsOnly) {
  const BufferHandle out = drawn("", region_report(false));
  EXPECT_GT(ink(out.get(), {78, 18, 74, 84}), 0);
  EXPECT_EQ(ink(out.get(), {0, 0, 76, kHeight}), 0);
  EXPECT_EQ(ink(out.get(), {86, 26, 58, 68}), 0) << "the inside of the outline";
  EXPECT_EQ(ink(drawn("outlines=false", region_report(false)).get()), 0);
}

TEST_F(Overlay, DrawsLabelsInTheirRegions) {
  const BufferHandle out = drawn("outlines=false bars=0", region_report(true));
  EXPECT_GT(ink(out.get(), {82, 22, 30, 10}), 0);
  EXPECT_EQ(ink(out.get(), {0, 0, 80, kHeight}), 0);
  EXPECT_EQ(ink(out.get(), {80, 60, 80, 60}), 0);
}

TEST_F(Overlay, DrawsHeldLabelsPaler) {
  const int64_t fresh = ink(drawn("outlines=false bars=0", region_report(true)).get());
  const int64_t held = ink(drawn("outlines=false bars=0", region_report(true, true)).get());
  EXPECT_GT(held, 0);
  EXPECT_LT(held, fresh * 3 / 4);
}

TEST_F(Overlay, DrawsBarsScoresAndPrefixesAsToldTo) {
  const std::string plain = bytes_of(drawn("bars=0 score=false", region_report(true)).get());
  EXPECT_NE(bytes_of(drawn("bars=0", region_report(true)).get()), plain);
  EXPECT_NE(bytes_of(drawn("bars=2 score=false", region_report(true)).get()), plain);
  EXPECT_NE(bytes_of(drawn("bars=0 score=false prefix=I", region_report(true)).get()), plain);
  EXPECT_EQ(bytes_of(drawn("bars=0 score=false", region_report(true)).get()), plain);
}

TEST_F(Overlay, DrawsWindowsOnTheirFrame) {
  serve::FrameReport report = empty_report();
  serve::WindowReport window;
  window.box = {0, 0, kWidth, kHeight};
  window.scores = {0.1, 0.2, 0.7};
  report.windows.push_back(window);
  EXPECT_EQ(ink(drawn("", report).get()), 0);
  EXPECT_GT(ink(drawn("show=windows", report).get()), 0);
  EXPECT_EQ(ink(drawn("show=windows", region_report(true)).get()), 0);
  EXPECT_EQ(ink(drawn("show=windows threshold=0.7", report).get()), 0);
  EXPECT_GT(ink(drawn("show=windows threshold=0.69", report).get()), 0);
}

TEST_F(Overlay, DrawsItsCaptionOnEveryFrame) {
  Chain chain("gerundoverlay caption=yard", rgb_caps(kWidth, kHeight));
  for (int n = 0; n < 2; ++n) {
    const BufferHandle out = chain.pass(plain_frame(kWidth, kHeight, gray(60), n));
    EXPECT_GT(ink(out.get(), {0, 100, 80, 20}), 0);
    EXPECT_EQ(ink(out.get(), {0, 0, kWidth, 90}), 0);
  }
}

TEST_F(Overlay, DrawsOnItsOwnCopyOfMemoryThatOthersHold) {
  Chain chain("gerundoverlay", rgb_caps(kWidth, kHeight));
  BufferHandle in = frame_with(region_report(true));
  const BufferHandle held(gst_buffer_ref(in.get()));
  const BufferHandle out = chain.pass(std::move(in));
  EXPECT_GT(ink(out.get()), 0);
  EXPECT_EQ(ink(held.get()), 0);
}

TEST_F(Overlay, KeepsRowsOfOddWidthsApart) {
  // 159 pixels take 477 bytes, rows 480.
  Chain chain("gerundoverlay caption=yard", rgb_caps(159, kHeight));
  const BufferHandle out = chain.pass(plain_frame(159, kHeight, gray(60), 0));
  MappedBuffer map(out.get(), GST_MAP_READ);
  for (int y = 0; y < 90; ++y)
    for (int x = 0; x < 3 * 159; ++x) ASSERT_EQ(map.data()[y * 480 + x], 60) << x << " " << y;
}

TEST_F(Overlay, StaysWithinVerySmallFrames) {
  Chain chain("gerundoverlay caption=yard fps=true", rgb_caps(4, 2));
  serve::FrameReport report = region_report(true);
  for (int n = 0; n < 3; ++n) {
    BufferHandle in = plain_frame(4, 2, gray(60), n);
    add_report(in.get(), report);
    EXPECT_NE(chain.pass(std::move(in)), nullptr);
  }
}

}  // namespace
}  // namespace gerund::gst
