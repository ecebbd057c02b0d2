// tests/synth/clip_drawer_test.cc - clips depend on nothing but their options, and somebody is seen in them.
#include "synth/clip_drawer.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "synth/actions.h"

namespace gerund::synth {
namespace {

ClipOptions options_for(const std::string& action, uint64_t seed) {
  ClipOptions options;
  options.action = action;
  options.seed = seed;
  options.seconds = 2;
  return options;
}

/// Number of pixels in which two frames differ by more than `levels` in some channel.
int differing(const tensor::Frame& a, const tensor::Frame& b, int levels) {
  int count = 0;
  for (size_t i = 0; i < a.rgb.size(); i += 3) {
    int most = 0;
    for (size_t c = 0; c < 3; ++c) most = std::max(most, std::abs(a.rgb[i + c] - b.rgb[i + c]));
    count += most > levels ? 1 : 0;
  }
  return count;
}

TEST(ClipDrawer, DrawsTheSameBytesForTheSameSeedInAnyOrder) {
  const ClipDrawer one(options_for("pushup", 5)), other(options_for("pushup", 5));
  const tensor::Frame late = one.draw(30), early = one.draw(4);
  EXPECT_EQ(other.draw(4).rgb, early.rgb);
  EXPECT_EQ(other.draw(30).rgb, late.rgb);
}

TEST(ClipDrawer, DrawsAnotherClipForAnotherSeed) {
  const ClipDrawer one(options_for("pushup", 5)), other(options_for("pushup", 6));
  EXPECT_GT(differing(one.draw(10), other.draw(10), 20), 160 * 120 / 4);
}

TEST(ClipDrawer, ShowsAPersonInEveryAction) {
  for (const std::string& action : action_names())
    for (uint64_t seed = 1; seed <= 4; ++seed) {
      ClipOptions options = options_for(action, seed);
      options.variation.furniture_share = options.variation.passerby_share = 0;
      const ClipDrawer drawer(options);
      for (const int64_t index : {5, 25, 45})
        EXPECT_GT(differing(drawer.draw(index), drawer.draw_empty(index), 12), 160) << action << seed << " " << index;
    }
}

TEST(ClipDrawer, HasTheFramesThatSecondsAndRateGive) {
  ClipOptions options = options_for("walk", 1);
  options.seconds = 2.4;
  options.fps = 10;
  const ClipDrawer drawer(options);
  EXPECT_EQ(drawer.num_frames(), 24);
  EXPECT_EQ(drawer.draw(0).width, 160);
  EXPECT_EQ(drawer.draw(0).height, 120);
}

TEST(ClipDrawer, ShowsTheActionForAtLeastTwoFifthsOfAClip) {
  for (const std::string& action : action_names())
    for (uint64_t seed = 1; seed <= 30; ++seed) {
      double shown = 0;
      for (const Interval& interval : clip_intervals(options_for(action, seed)))
        shown += interval.end_seconds - interval.start_seconds;
      EXPECT_GE(shown, 0.4 * 2) << action << " " << seed;
    }
}

TEST(ClipDrawer, RestsInTheMiddleOfNearlyHalfOfTheExerciseClips) {
  int resting = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    bool acting = false;
    for (const Interval& shown : clip_intervals(options_for("situp", seed)))
      acting = acting || (shown.start_seconds <= 1 && 1 < shown.end_seconds);
    resting += acting ? 0 : 1;
  }
  const double wanted = 200 * Variation{}.center_rest_share;
  EXPECT_GT(resting, wanted - 25);
  EXPECT_LT(resting, wanted + 25);
}

/// The scene of a seed does not depend on the action: nothing but the person tells the classes apart.
TEST(ClipDrawer, PutsAllActionsOfASeedUnderTheSameLight) {
  const ClipDrawer pushup(options_for("pushup", 11)), situp(options_for("situp", 11));
  EXPECT_EQ(pushup.scene().camera.yaw, situp.scene().camera.yaw);
  EXPECT_EQ(pushup.scene().light.ambient, situp.scene().light.ambient);
  EXPECT_EQ(pushup.scene().standing.size(), situp.scene().standing.size());
}

TEST(ClipDrawer, NamesTheOptionThatIsOutOfRange) {
  const auto message = [](auto change) {
    ClipOptions options = options_for("walk", 1);
    change(options);
    try {
      const ClipDrawer drawer(options);
    } catch (const base::UserError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(message([](ClipOptions& o) { o.action = "pushups"; }).find("did you mean \"pushup\""), std::string::npos);
  EXPECT_EQ(message([](ClipOptions& o) { o.width = 161; }).rfind("width: 161", 0), 0u);
  EXPECT_EQ(message([](ClipOptions& o) { o.height = 10; }).rfind("height: 10", 0), 0u);
  EXPECT_EQ(message([](ClipOptions& o) { o.fps = 0; }).rfind("fps: 0", 0), 0u);
  EXPECT_EQ(message([](ClipOptions& o) { o.seconds = -1; }).rfind("seconds: -1", 0), 0u);
}

}  // namespace
}  // namespace gerund::synth
