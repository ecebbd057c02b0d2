// gerundevents: from answers to actions that begin and end.
#include <gtest/gtest.h>

#include "gst/brightness_model.h"
#include "gst/chain.h"
#include "gst/pipeline.h"

namespace gerund::gst {
namespace {

class Events : public testing::Test {
 protected:
  std::string infer(const std::string& more = "") const {
    return "gerundinfer threads=1 stride=1 model=" + file_.path() + " " + more;
  }
  /// Every window counts by itself, and nothing is held.
  std::string elements(const std::string& more = "") const {
    return infer() + " ! gerundevents name=events smoothing=none hold-time=0 " + more;
  }
  BrightnessFile file_;
};

/// "start bright@3": what began or ended, and on which frame that was told.
std::vector<std::string> play(Chain& chain, const std::vector<int>& levels, int first = 0) {
  std::vector<std::string> events;
  for (size_t i = 0; i < levels.size(); ++i) {
    const int n = first + static_cast<int>(i);
    const auto report = chain.report_on(plain_frame(16, 12, gray(static_cast<uint8_t>(levels[i])), n));
    for (const serve::EventReport& event : report.events)
      events.push_back(std::string(event.change.is_start ? "start " : "end ") +
                       report.model->labels.at(static_cast<size_t>(event.change.class_index)) + "@" +
                       std::to_string(n));
  }
  return events;
}

using Texts = std::vector<std::string>;

TEST_F(Events, BeginAndEndWithTheLabel) {
  Chain chain(elements());
  // The newest frame weighs more than the three before it.
  EXPECT_EQ(play(chain, {255, 255, 255, 255, 255, 0, 0, 0}), (Texts{"start bright@3", "end bright@5", "start dark@5"}));
  EXPECT_EQ(events_of(chain.messages()), (Texts{"start bright", "end bright", "start dark"}));
}

TEST_F(Events, SayWhatAndWhenOnTheBus) {
  Chain chain("gerundroi rois=door:0,0,0.5,1 ! " + infer("stream-id=yard source-id=4") +
              " ! gerundevents smoothing=none hold-time=0");
  play(chain, {255, 255, 255, 255, 0});
  int num_events = 0;
  for (const MessageHandle& message : chain.messages()) {
    if (field_of(message.get(), "gerund-event", "event").empty()) continue;
    const GstStructure* event = gst_message_get_structure(message.get());
    gint64 source = 0, class_index = 0, number = -1;
    gboolean is_track = TRUE;
    gdouble score = 0, start = -1;
    EXPECT_TRUE(gst_structure_get(event, "source-id", G_TYPE_INT64, &source, "class-id", G_TYPE_INT64, &class_index,
                                  "number", G_TYPE_INT64, &number, "is-track", G_TYPE_BOOLEAN, &is_track, "score",
                                  G_TYPE_DOUBLE, &score, "start", G_TYPE_DOUBLE, &start, nullptr));
    EXPECT_EQ(source, 4);
    EXPECT_EQ(field_of(message.get(), "gerund-event", "stream"), "yard");
    EXPECT_EQ(field_of(message.get(), "gerund-event", "region"), "door");
    EXPECT_FALSE(is_track);
    EXPECT_EQ(class_index, num_events == 2 ? 1 : 0);
    EXPECT_EQ(number, num_events == 2 ? 1 : 0);
    EXPECT_GT(score, 0.5);
    // The first action begins with its window, [0, 0.3] s; the next in the middle of its own, [0.1, 0.4].
    EXPECT_NEAR(start, num_events == 2 ? 0.25 : 0, 1e-9);
    if (num_events == 1) {
      gdouble end = -1;
      gst_structure_get_double(event, "end", &end);
      EXPECT_NEAR(end, 0.25, 1e-9);
    }
    ++num_events;
  }
  EXPECT_EQ(num_events, 3);
}

TEST_F(Events, TellWhatEachRegionShows) {
  Chain chain("gerundroi rois=\"a:0,0,0.5,1;b:0.5,0,0.5,1\" ! " + elements());
  serve::FrameReport report;
  for (int n = 0; n < 5; ++n) {
    BufferHandle frame = plain_frame(16, 12, gray(0), n);
    paint(frame.get(), 16, {0, 0, 8, 12}, gray(255));
    report = chain.report_on(std::move(frame));
  }
  ASSERT_EQ(report.regions.size(), 2U);
  ASSERT_TRUE(report.regions[0].action && report.regions[1].action);
  EXPECT_EQ(report.regions[0].key.id, "a");
  EXPECT_EQ(report.regions[0].action->class_index, 0);
  EXPECT_EQ(report.regions[1].action->class_index, 1);
  EXPECT_EQ(report.regions[1].box, (clip::Rectangle{8, 0, 8, 12}));
}

TEST_F(Events, EndWithTheStream) {
  Chain chain(elements());
  play(chain, {255, 255, 255, 255, 255});
  chain.end();
  const auto reports = chain.event_reports();
  ASSERT_EQ(reports.size(), 1U);
  ASSERT_EQ(reports[0].events.size(), 1U);
  EXPECT_FALSE(reports[0].events[0].change.is_start);
  EXPECT_NEAR(reports[0].events[0].change.end_seconds, 0.4, 1e-9);
  EXPECT_EQ(reports[0].stream, "0");
  EXPECT_EQ(events_of(chain.messages()), (Texts{"start bright", "end bright"}));
}

TEST_F(Events, BeginAndEndWithTheLastAnswersOfAShortClip) {
  Chain chain(infer("end-policy=pad") + " ! gerundevents smoothing=none");
  play(chain, {255, 255});
  chain.end();
  EXPECT_EQ(events_of(chain.messages()), (Texts{"start bright", "end bright"}));
}

TEST_F(Events, CountAFrameThatIsShownTwiceOnce) {
  // As videorate does behind gerundinfer: without it the second window of twice the same frame would begin the action.
  Chain chain(infer() + " ! videorate ! video/x-raw,framerate=20/1 ! gerundevents smoothing=mean smoothing-windows=2");
  const auto count = [&](std::initializer_list<int> levels) {
    int n = 0;
    for (const int level : levels) chain.push(plain_frame(16, 12, gray(static_cast<uint8_t>(level)), n++));
    int num_windows = 0;
    while (const BufferHandle out = chain.try_pull())
      num_windows += static_cast<int>(find_report(out.get())->report->windows.size());
    return num_windows;
  };
  EXPECT_EQ(count({255, 255, 255, 255, 255, 255}), 2);  // videorate holds the last frame back.
}

TEST_F(Events, EndOnlyOnce) {
  Chain chain(elements());
  play(chain, {255, 255, 255, 255});
  chain.end();
  chain.end();
  EXPECT_EQ(events_of(chain.messages()), (Texts{"start bright", "end bright"}));
}

TEST_F(Events, EndWhenTheSourceBreaksOff) {
  Chain chain(elements());
  play(chain, {255, 255, 255, 255, 255});
  EXPECT_TRUE(chain.send(make_break_event(Break::lost)));
  EXPECT_EQ(events_of(chain.messages()), (Texts{"start bright", "end bright"}));
  int num_ends = 0;
  for (const serve::FrameReport& report : chain.event_reports()) num_ends += static_cast<int>(report.events.size());
  EXPECT_EQ(num_ends, 1);
  // And begin again with what comes after.
  EXPECT_EQ(play(chain, {255, 255, 255, 255}, 50), (Texts{"start bright@53"}));
}

TEST_F(Events, EndAtADiscontinuity) {
  Chain chain(elements());
  play(chain, {255, 255, 255, 255});
  BufferHandle frame = plain_frame(16, 12, gray(255), 4);
  GST_BUFFER_FLAG_SET(frame.get(), GST_BUFFER_FLAG_DISCONT);
  const auto report = chain.report_on(std::move(frame));
  ASSERT_EQ(report.events.size(), 1U);
  EXPECT_FALSE(report.events[0].change.is_start);
  EXPECT_TRUE(report.regions.empty());
}

TEST_F(Events, HoldActionsOverGaps) {
  Chain chain(infer() + " ! gerundevents smoothing=none hold-time=0.25 ignore=dark");
  EXPECT_EQ(play(chain, {255, 255, 255, 255}), (Texts{"start bright@3"}));
  const auto held = chain.report_on(plain_frame(16, 12, gray(0), 4));
  ASSERT_EQ(held.regions.size(), 1U);
  ASSERT_TRUE(held.regions[0].action);
  EXPECT_TRUE(held.regions[0].action->is_held);
  EXPECT_EQ(play(chain, {0, 0, 0}, 5), (Texts{"end bright@6"}));
}

TEST_F(Events, LeaveOutIgnoredLabels) {
  Chain chain(elements("ignore=\" dark ; \""));
  EXPECT_EQ(play(chain, {0, 0, 0, 0, 255, 255, 255, 255, 0}), (Texts{"start bright@4", "end bright@8"}));
}

TEST_F(Events, NeedTheirThreshold) {
  // A half: logits 7.5 and 7.5.
  Chain low(elements("threshold=0.4")), high(elements("threshold=0.6"));
  const std::vector<int> levels(6, 128);
  EXPECT_EQ(play(low, levels).size(), 1U);
  EXPECT_TRUE(play(high, levels).empty());
}

TEST_F(Events, LeaveOutActionsThatAreTooShort) {
  Chain chain(elements("min-duration=0.3"));
  EXPECT_EQ(play(chain, {0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0}),
            (Texts{"start dark@5", "end dark@7", "start dark@11"}));
}

TEST_F(Events, AreAnErrorForALabelThatTheModelDoesNotKnow) {
  Pipeline pipeline("videotestsrc num-buffers=6 ! " + rgb_caps(16, 12) + " ! " + elements("ignore=dusk") +
                    " ! fakesink");
  const auto errors = texts_of(pipeline.run(), GST_MESSAGE_ERROR);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_NE(errors[0].find("dusk"), std::string::npos) << errors[0];
}

TEST_F(Events, AreAnErrorWhereTheyWouldEndAboveTheirStart) {
  Pipeline pipeline("videotestsrc num-buffers=6 ! " + rgb_caps(16, 12) + " ! " +
                    elements("threshold=0.5 exit-threshold=0.6") + " ! fakesink");
  EXPECT_EQ(texts_of(pipeline.run(), GST_MESSAGE_ERROR).size(), 1U);
}

TEST_F(Events, ReadTheirSettingsAtEachStart) {
  Pipeline pipeline("videotestsrc num-buffers=6 pattern=white ! " + rgb_caps(16, 12) + " ! " + elements() +
                    " ! fakesink name=sink");
  EXPECT_EQ(events_of(pipeline.run()).size(), 2U);
  pipeline.stop();
  g_object_set(pipeline.element("events").get(), "ignore", "bright", nullptr);
  EXPECT_TRUE(events_of(pipeline.run()).empty());
}

/// A report of one window that came up after the last frame.
serve::FrameReport late_report() {
  serve::FrameReport report;
  report.model = std::make_shared<const serve::ModelIdentity>(serve::ModelIdentity{"m", "0", {"bright", "dark"}});
  serve::WindowReport window;
  window.scores = {1, 0};
  window.is_first = true;
  report.windows = {window};
  return report;
}

TEST_F(Events, AreAnErrorForALabelFirstNeededAtTheEnd) {
  Chain chain("gerundevents ignore=dusk");
  chain.pass(plain_frame(16, 12, gray(0), 0));
  EXPECT_FALSE(chain.send(make_report_event(late_report())));
  EXPECT_EQ(texts_of(chain.messages(), GST_MESSAGE_ERROR).size(), 1U);
}

TEST_F(Events, BeginInAReportThatComesBetweenFrames) {
  Chain chain("gerundevents smoothing=none");
  chain.pass(plain_frame(16, 12, gray(0), 0));
  EXPECT_TRUE(chain.send(make_report_event(late_report())));
  const auto reports = chain.event_reports();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].events.size(), 1U);
}

TEST_F(Events, PassFramesWithoutReports) {
  Chain chain("gerundevents");
  const BufferHandle out = chain.pass(plain_frame(16, 12, gray(0), 0));
  EXPECT_EQ(find_report(out.get()), nullptr);
  chain.end();
  EXPECT_TRUE(events_of(chain.messages()).empty());
}

TEST_F(Events, StartTwice) {
  Pipeline pipeline("videotestsrc num-buffers=6 pattern=white ! " + rgb_caps(16, 12) + " ! " + elements() +
                    " ! fakesink name=sink");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(events_of(pipeline.run()), (Texts{"start bright", "end bright"}));
    pipeline.stop();
  }
}

}  // namespace
}  // namespace gerund::gst
