// Reports on their way through elements of others.
#include "gst/report_meta.h"

#include <gtest/gtest.h>

#include "gst/brightness_model.h"
#include "gst/chain.h"
#include "gst/pipeline.h"

namespace gerund::gst {
namespace {

serve::FrameReport small_report() {
  serve::FrameReport report;
  report.stream = "yard";
  report.frame_width = 16;
  report.frame_height = 12;
  report.windows.resize(1);
  report.windows[0].box = {4, 3, 8, 6};
  report.regions.resize(1);
  report.regions[0].box = {0, 0, 8, 12};
  report.events.resize(1);
  report.events[0].box = {8, 0, 8, 12};
  return report;
}

BufferHandle frame_with_report() {
  BufferHandle buffer = plain_frame(16, 12, gray(90), 0);
  add_report(buffer.get(), small_report());
  return buffer;
}

TEST(ReportMeta, IsFoundOnItsBuffer) {
  const BufferHandle buffer = frame_with_report();
  ASSERT_NE(find_report(buffer.get()), nullptr);
  EXPECT_EQ(find_report(buffer.get())->report->stream, "yard");
  EXPECT_EQ(find_report(plain_frame(16, 12, gray(0), 0).get()), nullptr);
}

TEST(ReportMeta, IsCopiedWithItsBuffer) {
  BufferHandle buffer = frame_with_report();
  const BufferHandle copy(gst_buffer_copy(buffer.get()));
  ASSERT_NE(find_report(copy.get()), nullptr);
  find_report(copy.get())->report->stream = "hall";
  EXPECT_EQ(find_report(buffer.get())->report->stream, "yard");
  buffer.reset();
  EXPECT_EQ(find_report(copy.get())->report->windows.size(), 1U);
}

class MetaElements : public testing::TestWithParam<const char*> {};

TEST_P(MetaElements, LetReportsThrough) {
  Chain chain(GetParam());
  ASSERT_EQ(chain.push(frame_with_report()), GST_FLOW_OK);
  const BufferHandle out(gst_harness_pull(chain.harness()));
  ASSERT_NE(out, nullptr);
  ASSERT_NE(find_report(out.get()), nullptr);
  EXPECT_EQ(find_report(out.get())->report->windows[0].box, (clip::Rectangle{4, 3, 8, 6}));
}

INSTANTIATE_TEST_SUITE_P(All, MetaElements,
                         testing::Values("identity", "queue", "tee ! queue",
                                         "videoconvert ! capsfilter caps=video/x-raw,format=I420",
                                         "videoconvert ! video/x-raw,format=BGRx ! queue ! videoconvert ! "
                                         "capsfilter caps=video/x-raw,format=RGB",
                                         "videorate drop-only=true"));

TEST(ReportMeta, GoesBothWaysAtATee) {
  const BrightnessFile file;
  Pipeline pipeline("videotestsrc num-buffers=4 ! " + rgb_caps(16, 12) + " ! gerundinfer model=" + file.path() +
                    " ! tee name=t  t. ! queue ! gerundevents ! fakesink async=false  t. ! queue ! fakesink name=sink");
  EXPECT_TRUE(texts_of(pipeline.run(), GST_MESSAGE_ERROR).empty());
  const auto frames = pipeline.frames();
  ASSERT_EQ(frames.size(), 4U);
  for (const SeenFrame& frame : frames) {
    EXPECT_TRUE(frame.has_report);
    EXPECT_TRUE(frame.report.regions.empty()) << "gerundevents of the other branch wrote into it";
  }
  EXPECT_EQ(frames[3].report.windows.size(), 1U);
}

TEST(ReportMeta, FollowsTheSizeOfThePicture) {
  Chain chain("videoscale ! capsfilter caps=video/x-raw,width=32,height=36");
  const BufferHandle out = chain.pass(frame_with_report());
  ASSERT_NE(out, nullptr);
  ASSERT_NE(find_report(out.get()), nullptr);
  const serve::FrameReport& report = *find_report(out.get())->report;
  EXPECT_EQ(report.windows[0].box, (clip::Rectangle{8, 9, 16, 18}));
  EXPECT_EQ(report.regions[0].box, (clip::Rectangle{0, 0, 16, 36}));
  EXPECT_EQ(report.events[0].box, (clip::Rectangle{16, 0, 16, 36}));
  EXPECT_EQ(report.frame_width, 32);
  EXPECT_EQ(report.frame_height, 36);
}

TEST(ReportMeta, TravelsInAnEvent) {
  const EventHandle event(make_report_event(small_report()));
  const EventHandle copy(gst_event_copy(event.get()));
  ASSERT_NE(report_of(copy.get()), nullptr);
  EXPECT_EQ(report_of(copy.get())->stream, "yard");
  EXPECT_TRUE(GST_EVENT_IS_SERIALIZED(event.get()));
}

TEST(ReportMeta, IsInNoOtherEvent) {
  const EventHandle rest(make_break_event(Break::lost));
  EXPECT_EQ(report_of(rest.get()), nullptr);
  EXPECT_EQ(break_of(rest.get()), Break::lost);
  EXPECT_EQ(break_of(EventHandle(make_break_event(Break::looped)).get()), Break::looped);
  const EventHandle end(gst_event_new_eos());
  EXPECT_EQ(report_of(end.get()), nullptr);
  EXPECT_FALSE(break_of(end.get()));
  EXPECT_FALSE(break_of(EventHandle(make_report_event(small_report())).get()));
}

}  // namespace
}  // namespace gerund::gst
