#include "serve/window_plan.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "graph/expect_text.h"
#include "serve/small_models.h"

namespace gerund::serve {
namespace {

/// Trained on every third frame.
LoadedModel consecutive_model() {
  LoadedModel model = weighing_model(16);
  model.recipes[0].sample_strategy = clip::SampleStrategy::consecutive;
  model.recipes[0].sample_rate = 3;
  model.clip_seconds = 2;
  return model;
}

/// Trained on 16 frames spread over clips of two seconds.
LoadedModel spread_model() {
  LoadedModel model = weighing_model(16);
  model.clip_seconds = 2;
  return model;
}

TEST(WindowPlan, NeighbouringFramesAreCountedAsInTheTraining) {
  const WindowOptions options = plan_windows(consecutive_model(), {});
  EXPECT_EQ(options.num_frames, 16);
  EXPECT_EQ(options.stride, 8);
  EXPECT_EQ(options.subsample, 2);
  EXPECT_EQ(options.sample_fps, 0);
}

TEST(WindowPlan, FramesSpreadOverVideosKeepTheirSpacingInTime) {
  const WindowOptions options = plan_windows(spread_model(), {});
  EXPECT_EQ(options.num_frames, 16);
  EXPECT_EQ(options.sample_fps, 8);  // 16 in two seconds.
  EXPECT_EQ(options.hop_seconds, 0.5);
}

TEST(WindowPlan, WithoutALengthOfTheTrainingClipsFramesAreCounted) {
  LoadedModel model = spread_model();
  model.clip_seconds = 0;
  const WindowOptions options = plan_windows(model, {});
  EXPECT_EQ(options.sample_fps, 0);
  EXPECT_EQ(options.subsample, 0);
  EXPECT_EQ(options.stride, 8);
}

TEST(WindowPlan, AStrideOrASubsampleThatIsGivenMeansFrames) {
  WindowRequest request;
  request.stride = 4;
  EXPECT_EQ(plan_windows(spread_model(), request).sample_fps, 0);
  EXPECT_EQ(plan_windows(spread_model(), request).stride, 4);
  request = {};
  request.subsample = 0;
  EXPECT_EQ(plan_windows(spread_model(), request).sample_fps, 0);
  EXPECT_EQ(plan_windows(consecutive_model(), request).subsample, 0);
}

TEST(WindowPlan, WhatTheUserSaysGoesBeforeTheModel) {
  WindowRequest request;
  request.sample_fps = 5;
  request.hop_seconds = 0.2;
  request.max_gap_seconds = 3;
  request.at_end = AtEnd::pad;
  const WindowOptions options = plan_windows(consecutive_model(), request);
  EXPECT_EQ(options.sample_fps, 5);
  EXPECT_EQ(options.hop_seconds, 0.2);
  EXPECT_EQ(options.max_gap_seconds, 3);
  EXPECT_EQ(options.at_end, AtEnd::pad);
  request.sample_fps = 0;
  EXPECT_EQ(plan_windows(spread_model(), request).sample_fps, 0);
}

TEST(WindowPlan, HalfAWindowIsOneFrameAtLeast) {
  EXPECT_EQ(plan_windows(weighing_model(1), {}).stride, 1);
}

TEST(WindowPlan, AStepNetworkTakesItsStepsOneAfterTheOther) {
  LoadedModel model = adding_model();
  model.recipes[0].num_frames = 16;
  WindowRequest request;
  request.stride = 8;
  const WindowOptions frames = plan_windows(model, request);
  EXPECT_EQ(frames.num_frames, 1);
  EXPECT_EQ(frames.stride, 1);
  model.clip_seconds = 2;
  const WindowOptions timed = plan_windows(model, {});
  EXPECT_EQ(timed.sample_fps, 8);  // Of the clips, not of the steps.
  EXPECT_EQ(timed.hop_seconds, 0.125);
}

std::string refusal(const LoadedModel& model, const WindowRequest& request) {
  try {
    plan_windows(model, request);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

TEST(WindowPlan, AShorterLastWindowNeedsANetworkThatTakesIt) {
  WindowRequest request;
  request.at_end = AtEnd::partial;
  LoadedModel model = weighing_model(16);
  EXPECT_TRUE(holds(refusal(model, request), {"window.at_end", "weighing.onnx", "16 frames", "pad"}));
  model.takes_any_length = true;
  EXPECT_EQ(plan_windows(model, request).at_end, AtEnd::partial);
}

TEST(WindowPlan, RequestsOutOfRangeAreRefusedByName) {
  const auto refusal_of = [](auto member, auto value) {
    WindowRequest request;
    request.*member = value;
    return refusal(weighing_model(16), request);
  };
  EXPECT_TRUE(holds(refusal_of(&WindowRequest::stride, -1), {"window.stride", "-1"}));
  EXPECT_TRUE(holds(refusal_of(&WindowRequest::subsample, -2), {"window.subsample", "-2"}));
  for (const double fps : {-2.0, -0.5, 2000.0, std::nan("")})
    EXPECT_TRUE(holds(refusal_of(&WindowRequest::sample_fps, fps), {"window.sample_fps"})) << fps;
  EXPECT_TRUE(holds(refusal_of(&WindowRequest::hop_seconds, 0.0), {"window.hop_seconds", "0"}));
  EXPECT_TRUE(holds(refusal_of(&WindowRequest::max_gap_seconds, 0.0), {"window.max_gap_seconds", "0"}));
}

TEST(WindowPlan, CountingFramesAndTakingSamplesByTimeExcludeEachOther) {
  WindowRequest request;
  request.sample_fps = 8;
  request.stride = 2;
  EXPECT_TRUE(holds(refusal(weighing_model(16), request), {"window.sample_fps", "window.stride", "hop_seconds"}));
  request.stride = 0;
  request.subsample = 1;
  EXPECT_TRUE(holds(refusal(weighing_model(16), request), {"window.sample_fps", "window.subsample"}));
  request.subsample = 0;
  EXPECT_EQ(plan_windows(weighing_model(16), request).sample_fps, 8);
}

TEST(WindowPlan, IsDescribedForAPerson) {
  WindowOptions options;
  options.num_frames = 16;
  options.sample_fps = 8;
  options.hop_seconds = 0.5;
  EXPECT_EQ(describe(options), "16 samples, 8 per second: windows of 2 s, one every 0.5 s");
  options.hop_seconds = 0.3;  // Rounded to two samples.
  EXPECT_EQ(describe(options), "16 samples, 8 per second: windows of 2 s, one every 0.25 s");
  options.sample_fps = 0;
  options.stride = 8;
  EXPECT_EQ(describe(options), "16 frames: the first window is complete after 16 frames, one more every 8");
  options.subsample = 2;
  EXPECT_TRUE(holds(describe(options), {"16 frames", "every 3", "after 46 frames", "every 24"}));
  EXPECT_TRUE(holds(describe(options, 1), {"every 4", "after 61 frames", "every 32"}));  // Every second is looked at.
  options.subsample = 0;
  options.stride = 1;
  EXPECT_TRUE(holds(describe(options, 30), {"after 466 frames", "every 31"}));
}

}  // namespace
}  // namespace gerund::serve
