// tests/serve/action_filter_test.cc - windows of one second, one every half: window n is [n / 2, n / 2 + 1] and its
// middle n / 2 + 0.5.
#include "serve/action_filter.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "graph/expect_text.h"

namespace gerund::serve {
namespace {

using Scores = std::vector<double>;
using Changes = std::vector<ActionChange>;

/// Without smoothing: begins at 0.5, ends below 0.3, waits a second.
ActionOptions plain_options() {
  ActionOptions options;
  options.smoothing.kind = SmoothingKind::none;
  options.threshold = 0.5;
  options.exit_threshold = 0.3;
  options.hold_seconds = 1;
  return options;
}

class Windows {
 public:
  explicit Windows(const ActionOptions& options, int64_t first_number = 0) : filter(options, first_number) {}
  /// The next window.
  Changes push(const Scores& scores) {
    const double start = 0.5 * num_windows_;
    return filter.push(scores, start, start + 1, num_windows_++ == 0);
  }

  ActionFilter filter;

 private:
  int num_windows_ = 0;
};

void expect_start(const ActionChange& change, int64_t number, int64_t class_index, double score, double seconds) {
  EXPECT_TRUE(change.is_start);
  EXPECT_EQ(change.number, number);
  EXPECT_EQ(change.class_index, class_index);
  EXPECT_NEAR(change.score, score, 1e-12);
  EXPECT_EQ(change.start_seconds, seconds);
}

void expect_end(const ActionChange& change, int64_t number, int64_t class_index, double score, double start_seconds,
                double end_seconds) {
  EXPECT_FALSE(change.is_start);
  EXPECT_EQ(change.number, number);
  EXPECT_EQ(change.class_index, class_index);
  EXPECT_NEAR(change.score, score, 1e-12);
  EXPECT_EQ(change.start_seconds, start_seconds);
  EXPECT_EQ(change.end_seconds, end_seconds);
}

TEST(ActionFilter, AScoreBetweenTheThresholdsNeitherStartsNorEnds) {
  Windows windows(plain_options());
  EXPECT_TRUE(windows.push({0.1, 0.4}).empty());  // [0, 1]
  EXPECT_FALSE(windows.filter.active());
  const Changes start = windows.push({0.1, 0.6});  // [0.5, 1.5]
  ASSERT_EQ(start.size(), 1U);
  expect_start(start[0], 0, 1, 0.6, 1.0);
  EXPECT_TRUE(windows.push({0.1, 0.4}).empty());  // [1, 2]
  ASSERT_TRUE(windows.filter.active());
  EXPECT_FALSE(windows.filter.active()->is_held);
  EXPECT_EQ(windows.filter.active()->score, 0.4);
  EXPECT_TRUE(windows.push({0.1, 0.3}).empty());  // [1.5, 2.5]: just not below.
  EXPECT_FALSE(windows.filter.active()->is_held);
  EXPECT_TRUE(windows.push({0.1, 0.2}).empty());  // [2, 3]: fades at 2.5.
  EXPECT_TRUE(windows.filter.active()->is_held);
  const Changes end = windows.push({0.1, 0.2});  // [2.5, 3.5]: a second after the last that showed it.
  ASSERT_EQ(end.size(), 1U);
  expect_end(end[0], 0, 1, 0.6, 1.0, 2.5);
  EXPECT_FALSE(windows.filter.active());
}

TEST(ActionFilter, AScoreAtTheThresholdStarts) {
  Windows windows(plain_options());
  EXPECT_EQ(windows.push({0.1, 0.5}).size(), 1U);
}

TEST(ActionFilter, AnActionOfTheFirstWindowBeginsWithIt) {
  Windows windows(plain_options());
  const Changes start = windows.push({0.9, 0.1});
  ASSERT_EQ(start.size(), 1U);
  expect_start(start[0], 0, 0, 0.9, 0);
}

TEST(ActionFilter, HoldBridgesASingleBadWindow) {
  Windows windows(plain_options());
  EXPECT_EQ(windows.push({0.1, 0.6}).size(), 1U);
  EXPECT_TRUE(windows.push({0.1, 0.1}).empty());
  EXPECT_TRUE(windows.filter.active()->is_held);
  EXPECT_TRUE(windows.push({0.1, 0.7}).empty());
  EXPECT_FALSE(windows.filter.active()->is_held);
  EXPECT_EQ(windows.filter.active()->start_seconds, 0);
  // And it fades anew: [1.5, 2.5] does not show it, its middle is the end.
  EXPECT_TRUE(windows.push({0.1, 0.1}).empty());
  EXPECT_TRUE(windows.filter.advance(2.9).empty());
  const Changes end = windows.filter.advance(3);  // A second after [1, 2].
  ASSERT_EQ(end.size(), 1U);
  expect_end(end[0], 0, 1, 0.7, 0, 2);
}

TEST(ActionFilter, WithoutHoldABadWindowEndsTheAction) {
  ActionOptions options = plain_options();
  options.hold_seconds = 0;
  Windows windows(options);
  windows.push({0.1, 0.6});
  const Changes end = windows.push({0.1, 0.1});
  ASSERT_EQ(end.size(), 1U);
  expect_end(end[0], 0, 1, 0.6, 0, 1);
}

TEST(ActionFilter, TimeAloneEndsOnlyWhatIsHeld) {
  Windows windows(plain_options());
  EXPECT_TRUE(windows.filter.advance(1).empty());
  windows.push({0.1, 0.6});
  EXPECT_TRUE(windows.filter.advance(1000).empty());
  EXPECT_TRUE(windows.filter.active());
}

TEST(ActionFilter, AnEndTellsTheBestScore) {
  Windows windows(plain_options());
  for (const double score : {0.6, 0.9, 0.7, 0.1}) windows.push({0, score});
  const Changes end = windows.filter.finish(10);
  ASSERT_EQ(end.size(), 1U);
  EXPECT_EQ(end[0].score, 0.9);
}

TEST(ActionFilter, AnotherActionTakesOverAtOnce) {
  Windows windows(plain_options());
  windows.push({0.9, 0.1});
  const Changes changes = windows.push({0.2, 0.7});  // [0.5, 1.5]
  ASSERT_EQ(changes.size(), 2U);
  expect_end(changes[0], 0, 0, 0.9, 0, 1);
  expect_start(changes[1], 1, 1, 0.7, 1);
  EXPECT_EQ(windows.filter.active()->class_index, 1);
}

TEST(ActionFilter, AnotherActionTakesOverFromOneThatIsHeld) {
  Windows windows(plain_options());
  windows.push({0.9, 0.1});
  windows.push({0.1, 0.1});                          // [0.5, 1.5]: fades at 1.
  const Changes changes = windows.push({0.1, 0.8});  // [1, 2]
  ASSERT_EQ(changes.size(), 2U);
  expect_end(changes[0], 0, 0, 0.9, 0, 1);
  expect_start(changes[1], 1, 1, 0.8, 1.5);
}

TEST(ActionFilter, TheBetterOfTwoGoodActionsIsShown) {
  Windows windows(plain_options());
  windows.push({0.6, 0.1});
  EXPECT_EQ(windows.push({0.6, 0.7}).size(), 2U);
  EXPECT_EQ(windows.filter.active()->class_index, 1);
}

TEST(ActionFilter, ABetterActionThatIsNotGoodEnoughDoesNotTakeOver) {
  Windows windows(plain_options());
  windows.push({0.9, 0.1});
  EXPECT_TRUE(windows.push({0.35, 0.45}).empty());
  EXPECT_EQ(windows.filter.active()->class_index, 0);
  EXPECT_FALSE(windows.filter.active()->is_held);
}

// Shortest actions.

TEST(ActionFilter, AnActionIsToldOfWhenItIsOldEnough) {
  ActionOptions options = plain_options();
  options.min_seconds = 0.75;
  Windows windows(options);
  windows.push({0.1, 0.1});
  EXPECT_TRUE(windows.push({0.1, 0.6}).empty());  // [0.5, 1.5]: since 1.
  EXPECT_TRUE(windows.filter.active()->is_tentative);
  EXPECT_TRUE(windows.push({0.1, 0.7}).empty());   // [1, 2]
  const Changes start = windows.push({0.1, 0.8});  // [1.5, 2.5]
  ASSERT_EQ(start.size(), 1U);
  expect_start(start[0], 0, 1, 0.8, 1);
  EXPECT_FALSE(windows.filter.active()->is_tentative);
}

TEST(ActionFilter, AnActionThatIsTooShortIsNotToldOfAndTakesNoNumber) {
  ActionOptions options = plain_options();
  options.min_seconds = 0.75;
  options.hold_seconds = 0;
  Windows windows(options);
  windows.push({0.1, 0.1});
  EXPECT_TRUE(windows.push({0.1, 0.6}).empty());
  EXPECT_TRUE(windows.push({0.1, 0.1}).empty());
  EXPECT_FALSE(windows.filter.active());
  windows.push({0.6, 0.1});  // [1.5, 2.5]: since 2.
  windows.push({0.6, 0.1});
  const Changes start = windows.push({0.6, 0.1});  // [2.5, 3.5]
  ASSERT_EQ(start.size(), 1U);
  expect_start(start[0], 0, 0, 0.6, 2);
}

TEST(ActionFilter, WhileItIsHeldAnActionIsNotToldOf) {
  ActionOptions options = plain_options();
  options.min_seconds = 0.75;
  Windows windows(options);
  windows.push({0.1, 0.6});                       // [0, 1]
  EXPECT_TRUE(windows.push({0.1, 0.1}).empty());  // [0.5, 1.5] is old enough, but does not show it.
  EXPECT_TRUE(windows.filter.advance(1.75).empty());
  EXPECT_EQ(windows.push({0.1, 0.6}).size(), 1U);  // [1, 2]
}

TEST(ActionFilter, ATentativeActionEndsUntold) {
  ActionOptions options = plain_options();
  options.min_seconds = 10;
  Windows windows(options);
  windows.push({0.1, 0.6});
  EXPECT_TRUE(windows.filter.finish(5).empty());
  EXPECT_FALSE(windows.filter.active());
}

// Labels that stand for nothing.

TEST(ActionFilter, AnIgnoredLabelIsNoAction) {
  ActionOptions options = plain_options();
  options.ignored = {true, false};
  Windows windows(options);
  EXPECT_TRUE(windows.push({0.9, 0.1}).empty());
  EXPECT_FALSE(windows.filter.active());
  EXPECT_EQ(windows.push({0.2, 0.8}).size(), 1U);
  EXPECT_TRUE(windows.push({0.6, 0.4}).empty());  // Better, but no action; the other is good enough to go on.
  EXPECT_FALSE(windows.filter.active()->is_held);
  EXPECT_TRUE(windows.push({0.9, 0.1}).empty());
  EXPECT_TRUE(windows.filter.active()->is_held);
  EXPECT_EQ(windows.filter.advance(3).size(), 1U);
}

TEST(ActionFilter, IgnoredLabelsAreFoundByName) {
  const std::vector<std::string> labels{"walk", "background", "run"};
  EXPECT_EQ(ignored_classes({"background"}, labels), (std::vector<bool>{false, true, false}));
  EXPECT_EQ(ignored_classes({}, labels), (std::vector<bool>{false, false, false}));
  try {
    ignored_classes({"backround"}, labels);
    ADD_FAILURE();
  } catch (const base::UserError& error) {
    EXPECT_TRUE(holds(error.what(), {"events.ignore", "'backround'", "'background'"}));
  }
}

// New beginnings and the end.

TEST(ActionFilter, AFirstWindowEndsWhatWasAndBeginsWithItself) {
  Windows windows(plain_options());
  windows.push({0.9, 0.1});
  windows.push({0.8, 0.1});  // [0.5, 1.5]
  const Changes changes = windows.filter.push({0.9, 0.1}, 10, 11, true);
  ASSERT_EQ(changes.size(), 2U);
  expect_end(changes[0], 0, 0, 0.9, 0, 1.5);
  expect_start(changes[1], 1, 0, 0.9, 10);
}

TEST(ActionFilter, AFirstWindowEndsWhatIsHeldWhereItFaded) {
  Windows windows(plain_options());
  windows.push({0.9, 0.1});                            // [0, 1]
  windows.filter.push({0.1, 0.1}, 0.75, 1.75, false);  // Its middle is not the end of the window before.
  const Changes changes = windows.filter.push({0.1, 0.1}, 10, 11, true);
  ASSERT_EQ(changes.size(), 1U);
  expect_end(changes[0], 0, 0, 0.9, 0, 1.25);
}

TEST(ActionFilter, AFirstWindowForgetsTheSmoothing) {
  ActionOptions options = plain_options();
  options.smoothing.kind = SmoothingKind::ema;
  options.smoothing.alpha = 0.5;
  Windows windows(options);
  windows.push({1, 0});
  windows.push({0, 0.8});
  EXPECT_EQ(windows.filter.scores(), (Scores{0.5, 0.4}));
  windows.filter.push({0.1, 0.2}, 10, 11, true);
  EXPECT_EQ(windows.filter.scores(), (Scores{0.1, 0.2}));
}

TEST(ActionFilter, SmoothedScoresDecide) {
  ActionOptions options = plain_options();
  options.smoothing.kind = SmoothingKind::ema;
  options.smoothing.alpha = 0.5;
  Windows windows(options);
  EXPECT_TRUE(windows.push({0, 0}).empty());
  EXPECT_TRUE(windows.push({0, 0.8}).empty());   // 0.4
  const Changes start = windows.push({0, 0.8});  // 0.6
  ASSERT_EQ(start.size(), 1U);
  expect_start(start[0], 0, 1, 0.6, 1.5);
}

TEST(ActionFilter, TheEndOfTheStreamEndsWhatIsShownThereAndWhatIsHeldWhereItFaded) {
  Windows shown(plain_options());
  shown.push({0.9, 0.1});
  Changes end = shown.filter.finish(7);
  ASSERT_EQ(end.size(), 1U);
  expect_end(end[0], 0, 0, 0.9, 0, 7);
  EXPECT_TRUE(shown.filter.finish(8).empty());

  Windows held(plain_options());
  held.push({0.9, 0.1});
  held.push({0.1, 0.1});
  end = held.filter.finish(7);
  ASSERT_EQ(end.size(), 1U);
  expect_end(end[0], 0, 0, 0.9, 0, 1);
}

TEST(ActionFilter, NumbersCountUpFromTheFirst) {
  ActionOptions options = plain_options();
  options.hold_seconds = 0;
  Windows windows(options, 5);
  std::vector<std::pair<bool, int64_t>> told;
  for (const Scores& scores : {Scores{0.9, 0}, Scores{0, 0}, Scores{0.9, 0}, Scores{0, 0.9}})
    for (const ActionChange& change : windows.push(scores)) told.emplace_back(change.is_start, change.number);
  EXPECT_EQ(told, (std::vector<std::pair<bool, int64_t>>{{true, 5}, {false, 5}, {true, 6}, {false, 6}, {true, 7}}));
}

TEST(ActionOptions, OutOfRangeAreRefusedByName) {
  const auto refusal = [](auto change) -> std::string {
    ActionOptions options;
    change(options);
    try {
      check(options);
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal([](ActionOptions&) {}), "");
  EXPECT_TRUE(holds(refusal([](ActionOptions& o) { o.exit_threshold = 0.6; }), {"events.exit_threshold", "0.6"}));
  EXPECT_TRUE(holds(refusal([](ActionOptions& o) { o.threshold = std::nan(""); }), {"threshold"}));
  EXPECT_TRUE(holds(refusal([](ActionOptions& o) { o.min_seconds = -1; }), {"events.min_seconds", "-1"}));
  EXPECT_TRUE(holds(refusal([](ActionOptions& o) { o.hold_seconds = std::nan(""); }), {"events.hold_seconds"}));
  EXPECT_TRUE(holds(refusal([](ActionOptions& o) { o.smoothing.alpha = 0; }), {"events.alpha"}));
  EXPECT_TRUE(holds(refusal([](ActionOptions& o) { o.smoothing.num_windows = 0; }), {"events.smoothing_windows"}));
}

}  // namespace
}  // namespace gerund::serve
