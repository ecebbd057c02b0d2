#include "flow/estimator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "base/error.h"
#include "base/interrupt.h"

namespace gerund::flow {
namespace {

/// Smooth texture moved by (dx, dy) pixels: what is at (x, y) was at (x - dx, y - dy).
tensor::Frame texture(double dx, double dy, int width = 96, int height = 64) {
  tensor::Frame frame(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double a = x - dx, b = y - dy;
      const double level = 128 + 45 * std::sin(a * 0.35 + 0.2 * b) + 40 * std::cos(b * 0.41 - 0.13 * a) +
                           30 * std::sin(0.11 * a * 0.7 + 1);
      for (int c = 0; c < 3; ++c) frame.row(y)[3 * x + c] = static_cast<uint8_t>(std::lround(level));
    }
  return frame;
}

/// Mean motion of the middle, away from edges where texture comes in.
std::pair<double, double> mean_motion(const Field& field) {
  double u = 0, v = 0;
  int count = 0;
  for (int y = 12; y < field.height - 12; ++y)
    for (int x = 12; x < field.width - 12; ++x, ++count) {
      const size_t at = 2 * (static_cast<size_t>(y) * static_cast<size_t>(field.width) + static_cast<size_t>(x));
      u += field.uv[at];
      v += field.uv[at + 1];
    }
  return {u / count, v / count};
}

class EveryMethod : public testing::TestWithParam<const char*> {};

TEST_P(EveryMethod, FindsAKnownMotionBothWays) {
  Estimator estimator(method_named(GetParam()));
  EXPECT_FALSE(estimator.push(texture(0, 0)));
  const auto there = estimator.push(texture(2, -1.5));
  ASSERT_TRUE(there);
  EXPECT_NEAR(mean_motion(*there).first, 2, 0.2);
  EXPECT_NEAR(mean_motion(*there).second, -1.5, 0.2);
  const auto back = estimator.push(texture(0, 0));
  EXPECT_NEAR(mean_motion(*back).first, -2, 0.2);
  EXPECT_NEAR(mean_motion(*back).second, 1.5, 0.2);
}

TEST_P(EveryMethod, APairDoesNotRememberThePairsBefore) {
  Estimator fresh(method_named(GetParam())), used(method_named(GetParam()));
  used.push(texture(9, 9));
  used.push(texture(0, 0));
  fresh.push(texture(0, 0));
  EXPECT_EQ(used.push(texture(1, 1))->uv, fresh.push(texture(1, 1))->uv);
}

TEST_P(EveryMethod, ThreadsDoNotChangeTheAnswer) {
  const auto flow_now = [] {
    Estimator estimator(method_named(GetParam()));
    estimator.push(texture(0, 0, 160, 120));
    return estimator.push(texture(1, 2, 160, 120))->uv;
  };
  const std::vector<float> alone = flow_now();
  std::vector<float> first, second;
  std::thread a([&] { first = flow_now(); }), b([&] { second = flow_now(); });
  a.join();
  b.join();
  EXPECT_EQ(first, alone);
  EXPECT_EQ(second, alone);
}

INSTANTIATE_TEST_SUITE_P(Methods, EveryMethod, testing::Values("dis", "farneback", "tvl1"));

TEST(Estimator, SmallPicturesWorkAndTinyOnesAreRefused) {
  for (const Method method : {Method::dis, Method::farneback, Method::tvl1}) {
    Estimator estimator(method);
    estimator.push(texture(0, 0, 16, 16));
    EXPECT_EQ(estimator.push(texture(1, 0, 16, 16))->uv.size(), 512U);
    EXPECT_THROW(Estimator(method).push(texture(0, 0, 15, 64)), base::UserError);
  }
}

TEST(Estimator, AChangeOfSizeIsRefused) {
  Estimator estimator(Method::dis);
  estimator.push(texture(0, 0, 64, 48));
  EXPECT_THROW(estimator.push(texture(0, 0, 48, 64)), base::UserError);
}

TEST(Estimator, NamesOfMethods) {
  EXPECT_EQ(method_named("farneback"), Method::farneback);
  try {
    method_named("tvl");
    FAIL();
  } catch (const base::UserError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean tvl1?"), std::string::npos);
  }
}

TEST(FlowPicturesOfFrames, OnePairFewerThanFrames) {
  const std::vector<tensor::Frame> frames{texture(0, 0), texture(2, 0), texture(4, 0), texture(4, 0)};
  const auto pictures = flow_pictures(frames, Method::dis, {.clamp_pixels = 4});
  ASSERT_EQ(pictures.size(), 3U);
  const size_t middle = 32 * 96 + 48;
  EXPECT_NEAR(pictures[0].u.pixels[middle], 192, 6);  // 2 of 4 pixels to the right.
  EXPECT_NEAR(pictures[0].v.pixels[middle], 128, 6);
  EXPECT_NEAR(pictures[2].u.pixels[middle], 128, 3);  // At rest.
  EXPECT_TRUE(flow_pictures(std::span(frames).first(1), Method::dis, {}).empty());
  EXPECT_TRUE(flow_pictures({}, Method::dis, {}).empty());
}

TEST(FlowPicturesOfFrames, CanBeInterrupted) {
  const std::vector<tensor::Frame> frames{texture(0, 0), texture(2, 0)};
  base::request_interrupt();
  EXPECT_THROW(flow_pictures(frames, Method::dis, {}), base::Interrupted);
  base::request_interrupt(false);
}

// An estimator that begins must not take OpenCV's threads away while another begins or works: that crashed.
TEST(Estimator, ManyMayBeginAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> num_made = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 2000; ++turn) {
        const Estimator estimator(Method::farneback);
        ++num_made;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(num_made, 16000);
}

}  // namespace
}  // namespace gerund::flow
