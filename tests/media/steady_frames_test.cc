// tests/media/steady_frames_test.cc - frames by their times.
#include "media/steady_frames.h"

#include <gtest/gtest.h>

#include <vector>

namespace gerund::media {
namespace {

// Frames with these times; the width of each is its number and one.
class Timed : public FrameSource {
 public:
  Timed(double fps, std::vector<double> times) : times_(std::move(times)) {
    info_.num_frames = static_cast<int64_t>(times_.size());
    info_.fps = fps;
  }
  const SourceInfo& info() const override { return info_; }
  std::vector<tensor::Frame> read(std::span<const int64_t>) override { return {}; }
  std::optional<tensor::Frame> next() override {
    if (position_ == times_.size()) return std::nullopt;
    tensor::Frame frame(static_cast<int>(position_) + 1, 1);
    frame.pts_seconds = times_[position_++];
    return frame;
  }

 private:
  SourceInfo info_;
  const std::vector<double> times_;
  size_t position_ = 0;
};

std::vector<int> numbers_given(Timed source) {
  std::vector<int> numbers;
  SteadyFrames frames(source);
  while (const auto frame = frames.next()) numbers.push_back(frame->width - 1);
  return numbers;
}

TEST(SteadyFrames, GiveAnEvenVideoAsItIs) {
  EXPECT_EQ(numbers_given({10, {0, 0.1, 0.2, 0.3}}), (std::vector<int>{0, 1, 2, 3}));
  // Times in milliseconds, and a rate that is a little off.
  EXPECT_EQ(numbers_given({30, {0, 0.033, 0.067, 0.1, 0.133, 0.167}}), (std::vector<int>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(numbers_given({9.5, {0, 0.1, 0.2, 0.3, 0.4}}), (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(SteadyFrames, RepeatAFrameUntilTheNextOnesTime) {
  // Two frames per second on average; the third lies at 2 s.
  EXPECT_EQ(numbers_given({2, {0, 0.5, 2, 2.5, 3}}), (std::vector<int>{0, 1, 1, 1, 2}));
}

TEST(SteadyFrames, LeaveFramesOutThatLieCloserTogether) {
  // Six in the first half second, then one a second: two per second on average, at 0, 0.5, ..., 4.5 s. By hand: none is
  // seen more than 1.5 places from its own, 0, 0.2, ..., 1, 3, 5, 7, 9.
  EXPECT_EQ(numbers_given({2, {0, 0.1, 0.2, 0.3, 0.4, 0.5, 1.5, 2.5, 3.5, 4.5}}),
            (std::vector<int>{0, 5, 6, 6, 6, 7, 8, 8, 8, 9}));
}

TEST(SteadyFrames, OfNothingAreNone) {
  EXPECT_TRUE(numbers_given({25, {}}).empty());
}

}  // namespace
}  // namespace gerund::media
