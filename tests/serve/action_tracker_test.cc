#include "serve/action_tracker.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "serve/small_clips.h"

namespace gerund::serve {
namespace {

/// Without smoothing: begins at 0.5, ends below 0.4, waits a second.
ActionOptions plain_options() {
  ActionOptions options;
  options.smoothing.kind = SmoothingKind::none;
  options.hold_seconds = 1;
  return options;
}

WindowReport window(const std::string& id, std::vector<double> scores, double start_seconds, bool is_first = false) {
  WindowReport report;
  report.key = track(id);
  report.box = {1, 2, 3, 4};
  report.scores = std::move(scores);
  report.start_seconds = start_seconds;
  report.end_seconds = start_seconds + 1;
  report.num_frames = 16;
  report.is_first = is_first;
  return report;
}

FrameReport frame(double pts_seconds, std::vector<WindowReport> windows = {},
                  const std::vector<std::string>& gone = {}) {
  FrameReport report;
  report.pts_seconds = pts_seconds;
  report.windows = std::move(windows);
  for (const std::string& id : gone) report.gone.push_back({track(id), DropReason::lost});
  return report;
}

/// "id start number class" or "id end number class" of each event.
std::vector<std::string> told(const FrameReport& report) {
  std::vector<std::string> lines;
  for (const EventReport& event : report.events)
    lines.push_back(event.key.id + (event.change.is_start ? " start " : " end ") + std::to_string(event.change.number) +
                    " " + std::to_string(event.change.class_index));
  return lines;
}

using Lines = std::vector<std::string>;

TEST(ActionTracker, EachRegionHasItsOwnActions) {
  ActionTracker tracker(plain_options());
  FrameReport report = frame(1, {window("a", {0.9, 0.1}, 0, true), window("b", {0.1, 0.8}, 0, true)});
  tracker.push(report);
  ASSERT_EQ(report.events.size(), 2U);
  EXPECT_EQ(report.events[0].key, track("a"));
  EXPECT_EQ(report.events[0].change.class_index, 0);
  EXPECT_EQ(report.events[1].key, track("b"));
  EXPECT_EQ(report.events[1].change.class_index, 1);
  ASSERT_EQ(report.regions.size(), 2U);
  EXPECT_EQ(report.regions[1].key, track("b"));
  EXPECT_EQ(report.regions[1].action->class_index, 1);
  EXPECT_EQ(report.regions[1].scores, (std::vector<double>{0.1, 0.8}));
  EXPECT_EQ(report.regions[1].box, (clip::Rectangle{1, 2, 3, 4}));
}

TEST(ActionTracker, AnEventSaysWhichWindowItIsOf) {
  ActionTracker tracker(plain_options());
  FrameReport report = frame(6, {window("a", {0.9, 0.1}, 5, true)});
  tracker.push(report);
  ASSERT_EQ(report.events.size(), 1U);
  const EventReport& event = report.events[0];
  EXPECT_EQ(event.box, (clip::Rectangle{1, 2, 3, 4}));
  EXPECT_EQ(event.scores, (std::vector<double>{0.9, 0.1}));
  EXPECT_EQ(event.window_start_seconds, 5);
  EXPECT_EQ(event.window_end_seconds, 6);
  EXPECT_EQ(event.window_frames, 16);
  EXPECT_EQ(event.change.start_seconds, 5);
}

TEST(ActionTracker, RegionsStayShownOnFramesWithoutWindows) {
  ActionTracker tracker(plain_options());
  FrameReport first = frame(1, {window("a", {0.9, 0.1}, 0, true)});
  tracker.push(first);
  FrameReport next = frame(1.1);
  tracker.push(next);
  EXPECT_TRUE(next.events.empty());
  ASSERT_EQ(next.regions.size(), 1U);
  EXPECT_TRUE(next.regions[0].action);
}

TEST(ActionTracker, AHeldActionEndsWithTimeAlone) {
  ActionTracker tracker(plain_options());
  FrameReport report = frame(1, {window("a", {0.9, 0.1}, 0, true)});
  tracker.push(report);
  report = frame(1.5, {window("a", {0.1, 0.1}, 0.5)});
  tracker.push(report);
  EXPECT_TRUE(report.regions.at(0).action->is_held);
  report = frame(1.9);
  tracker.push(report);
  EXPECT_TRUE(report.events.empty());
  report = frame(2);
  tracker.push(report);
  ASSERT_EQ(told(report), (Lines{"a end 0 0"}));
  EXPECT_EQ(report.events[0].change.end_seconds, 1);
  EXPECT_FALSE(report.regions.at(0).action);
}

TEST(ActionTracker, TheActionOfARegionThatIsGoneEndsWithItsLastWindow) {
  ActionTracker tracker(plain_options());
  FrameReport report = frame(1, {window("a", {0.9, 0.1}, 0, true)});
  tracker.push(report);
  report = frame(4, {}, {"a", "never seen"});
  tracker.push(report);
  ASSERT_EQ(told(report), (Lines{"a end 0 0"}));
  EXPECT_EQ(report.events[0].change.end_seconds, 1);
  EXPECT_TRUE(report.regions.empty());
}

TEST(ActionTracker, AWindowThatComesWithTheEndOfItsRegionIsTakenInBefore) {
  ActionTracker tracker(plain_options());
  FrameReport report = frame(1, {window("a", {0.9, 0.1}, 0, true)}, {"a"});
  tracker.push(report);
  EXPECT_EQ(told(report), (Lines{"a start 0 0", "a end 0 0"}));
  EXPECT_TRUE(report.regions.empty());
}

TEST(ActionTracker, BoxesFollowThePictureToAnotherSize) {
  ActionTracker tracker(plain_options());
  FrameReport report = frame(1, {window("a", {0.9, 0.1}, 0)});
  report.frame_width = 320;
  report.frame_height = 240;
  report.windows[0].box = {0, 60, 320, 180};
  tracker.push(report);
  ASSERT_EQ(report.events.size(), 1U);
  report = frame(2, {}, {"a"});
  report.frame_width = 160;
  report.frame_height = 80;
  tracker.push(report);
  ASSERT_EQ(report.events.size(), 1U);
  EXPECT_FALSE(report.events[0].change.is_start);
  EXPECT_EQ(report.events[0].box, (clip::Rectangle{0, 20, 160, 60}));
}

TEST(ActionTracker, NumbersOfARegionThatComesBackAreNewOnes) {
  ActionTracker tracker(plain_options());
  std::set<std::pair<std::string, int64_t>> starts;
  std::set<std::pair<std::string, int64_t>> ends;
  const auto take_in = [&](const FrameReport& report) {
    for (const EventReport& event : report.events)
      EXPECT_TRUE((event.change.is_start ? starts : ends).emplace(event.key.id, event.change.number).second)
          << event.key.id << " " << event.change.number;
  };
  double now = 0;
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i <= round % 4; ++i, now += 1) {
      // Actions 0 and 1 by turns: each window ends one and begins one.
      const std::vector<double> scores = i % 2 == 0 ? std::vector<double>{0.9, 0.1} : std::vector<double>{0.1, 0.9};
      FrameReport report = frame(now + 1, {window("a", scores, now, i == 0), window("b", scores, now, i == 0)});
      tracker.push(report);
      take_in(report);
    }
    FrameReport report = frame(now, {}, round % 3 == 0 ? Lines{"a", "b"} : Lines{"a"});
    if (round % 5 == 4) {
      tracker.finish(report);
    } else {
      tracker.push(report);
    }
    take_in(report);
  }
  FrameReport last = frame(now);
  tracker.finish(last);
  take_in(last);
  EXPECT_EQ(starts, ends);
  EXPECT_GT(starts.size(), 100U);
}

TEST(ActionTracker, FinishTakesInWindowsAndEndsEveryAction) {
  ActionTracker tracker(plain_options());
  FrameReport report = frame(1, {window("a", {0.9, 0.1}, 0, true)});
  tracker.push(report);
  report = frame(2, {window("b", {0.1, 0.9}, 1, true)});
  tracker.finish(report);
  EXPECT_EQ(told(report).size(), 3U);
  for (const EventReport& event : report.events)
    EXPECT_TRUE(event.change.is_start || event.change.end_seconds == (event.key.id == "a" ? 1 : 2));
  report = frame(3);
  tracker.push(report);
  EXPECT_TRUE(report.regions.empty());
}

// Where the network is behind, an answer may come after its region is gone.
TEST(ActionTracker, AnAnswerThatComesAfterItsRegionIsGoneBeginsNothing) {
  ActionTracker tracker(plain_options());
  FrameReport report = frame(1, {window("a", {0.9, 0.1}, 0, true)});
  tracker.push(report);
  report = frame(4, {}, {"a", "b"});
  tracker.push(report);
  report = frame(4.1, {window("a", {0.9, 0.1}, 0.5), window("b", {0.9, 0.1}, 0.5, true)});
  tracker.push(report);
  EXPECT_TRUE(report.events.empty());
  EXPECT_TRUE(report.regions.empty());
  // It comes back.
  report = frame(9, {window("a", {0.9, 0.1}, 8, true)});
  tracker.push(report);
  EXPECT_EQ(told(report).size(), 1U);
  EXPECT_EQ(report.regions.size(), 1U);
}

TEST(ActionTracker, RegionsComeBackWhereTimeBeginsAnew) {
  ActionTracker tracker(plain_options());
  FrameReport report = frame(100, {window("a", {0.9, 0.1}, 99, true)}, {"a"});
  tracker.push(report);
  report = frame(1, {window("a", {0.9, 0.1}, 0, true)});
  tracker.push(report);
  EXPECT_EQ(told(report).size(), 1U);
  report = frame(100, {}, {"a"});
  tracker.push(report);
  tracker.finish(report);
  report = frame(101, {window("a", {0.9, 0.1}, 0, true)});
  tracker.push(report);
  EXPECT_EQ(told(report).size(), 1U);
}

TEST(ActionTracker, OptionsAreCheckedAtOnce) {
  ActionOptions options;
  options.exit_threshold = 2;
  EXPECT_THROW(ActionTracker{options}, base::UserError);
  options = {};
  options.smoothing.alpha = 0;
  EXPECT_THROW(ActionTracker{options}, base::UserError);
}

}  // namespace
}  // namespace gerund::serve
