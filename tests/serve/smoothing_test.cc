#include "serve/smoothing.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "graph/expect_text.h"

namespace gerund::serve {
namespace {

using Scores = std::vector<double>;

void expect_near(const Scores& scores, const Scores& expected) {
  ASSERT_EQ(scores.size(), expected.size());
  for (size_t c = 0; c < scores.size(); ++c) EXPECT_NEAR(scores[c], expected[c], 1e-12) << c;
}

TEST(Smoothing, NoneGivesTheScoresThemselves) {
  Smoothing smoothing({SmoothingKind::none, 0.5, 3});
  EXPECT_EQ(smoothing.push({0.25, 0.75}), (Scores{0.25, 0.75}));
  EXPECT_EQ(smoothing.push({1, 0}), (Scores{1, 0}));
}

TEST(Smoothing, EmaForgetsByItsWeight) {
  Smoothing smoothing({SmoothingKind::ema, 0.25, 3});
  expect_near(smoothing.push({0.8, 0.2}), {0.8, 0.2});  // The first as it is.
  expect_near(smoothing.push({0.0, 1.0}), {0.6, 0.4});  // 0.75 * 0.8, 0.25 * 1 + 0.75 * 0.2
  expect_near(smoothing.push({0.2, 0.8}), {0.5, 0.5});  // 0.05 + 0.45, 0.2 + 0.3
}

TEST(Smoothing, EmaOfWeightOneKeepsNothing) {
  Smoothing smoothing({SmoothingKind::ema, 1, 3});
  smoothing.push({1, 0});
  EXPECT_EQ(smoothing.push({0.25, 0.75}), (Scores{0.25, 0.75}));
}

TEST(Smoothing, MeanIsOverTheLastWindows) {
  Smoothing smoothing({SmoothingKind::mean, 0.5, 3});
  expect_near(smoothing.push({0.9, 0.1}), {0.9, 0.1});
  expect_near(smoothing.push({0.3, 0.7}), {0.6, 0.4});
  expect_near(smoothing.push({0.3, 0.7}), {0.5, 0.5});
  expect_near(smoothing.push({0.0, 1.0}), {0.2, 0.8});  // The first is forgotten.
}

TEST(Smoothing, VoteIsTheShareOfWindowsThatHadALabelBest) {
  Smoothing smoothing({SmoothingKind::vote, 0.5, 4});
  expect_near(smoothing.push({0.4, 0.35, 0.25}), {1, 0, 0});
  expect_near(smoothing.push({0.1, 0.8, 0.1}), {0.5, 0.5, 0});
  expect_near(smoothing.push({0.5, 0.5, 0}), {2.0 / 3, 1.0 / 3, 0});  // Of equals the first.
  expect_near(smoothing.push({0, 0, 1}), {0.5, 0.25, 0.25});
  expect_near(smoothing.push({0, 0, 1}), {0.25, 0.25, 0.5});
}

TEST(Smoothing, ResetForgetsWhatWas) {
  for (const SmoothingKind kind : {SmoothingKind::ema, SmoothingKind::mean, SmoothingKind::vote}) {
    Smoothing smoothing({kind, 0.5, 3});
    smoothing.push({1, 0});
    smoothing.reset();
    EXPECT_EQ(smoothing.push({0, 1}), (Scores{0, 1}));
  }
}

TEST(Smoothing, KindsHaveNames) {
  EXPECT_EQ(smoothing_from_name("none"), SmoothingKind::none);
  EXPECT_EQ(smoothing_from_name("ema"), SmoothingKind::ema);
  EXPECT_EQ(smoothing_from_name("mean"), SmoothingKind::mean);
  EXPECT_EQ(smoothing_from_name("vote"), SmoothingKind::vote);
  try {
    smoothing_from_name("median");
    ADD_FAILURE();
  } catch (const base::UserError& error) {
    EXPECT_TRUE(holds(error.what(), {"events.smoothing", "median", "none, ema, mean, vote"}));
  }
}

TEST(Smoothing, OptionsOutOfRangeAreRefusedByName) {
  const auto refusal = [](const SmoothingOptions& options) -> std::string {
    try {
      const Smoothing smoothing(options);
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal({}), "");
  for (const double alpha : {0.0, -0.5, 1.01, std::nan("")})
    EXPECT_TRUE(holds(refusal({SmoothingKind::ema, alpha, 3}), {"events.alpha", "more than 0, at most 1"})) << alpha;
  EXPECT_TRUE(holds(refusal({SmoothingKind::mean, 0.5, 0}), {"events.smoothing_windows", "0", "1 or more"}));
}

}  // namespace
}  // namespace gerund::serve
