// tests/serve/window_test.cc - which frames make windows: the tables and the algorithm of the reference runtime as they
// are written down (its custom sequence preprocessing), and the grid of time mode.
#include "serve/window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "drawn_sequences.h"
#include "graph/expect_text.h"
#include "serve/small_clips.h"

namespace gerund::serve {
namespace {

using Windows = std::vector<std::vector<int64_t>>;

Planes make_pixel() {
  return pixel(0, 0, 0);
}

WindowOptions frame_mode(int num_frames, int stride, int subsample) {
  WindowOptions options;
  options.num_frames = num_frames;
  options.stride = stride;
  options.subsample = subsample;
  return options;
}

/// Pushes frames, a hundredth of a second per number.
std::vector<Clip> push_all(Window& window, const std::vector<int64_t>& numbers) {
  std::vector<Clip> clips;
  for (const int64_t number : numbers)
    for (Clip& clip : window.push({number, static_cast<double>(number) / 100}, make_pixel))
      clips.push_back(std::move(clip));
  return clips;
}

Windows windows_of(const WindowOptions& options, const std::vector<int64_t>& numbers) {
  Window window(options);
  return numbers_of(push_all(window, numbers));
}

/// start, start + step, ... below stop.
std::vector<int64_t> range(int64_t start, int64_t stop, int64_t step = 1) {
  std::vector<int64_t> numbers;
  for (int64_t number = start; number < stop; number += step) numbers.push_back(number);
  return numbers;
}

// Frame mode: the table of the reference runtime.

struct TableRow {
  int num_frames;
  int stride;
  int subsample;
  Windows first_windows;
  int64_t first_result;
  int64_t period;
};

class WindowTable : public testing::TestWithParam<TableRow> {};

TEST_P(WindowTable, GivesTheWindowsOfTheReferenceRuntime) {
  const TableRow& row = GetParam();
  Window window(frame_mode(row.num_frames, row.stride, row.subsample));
  Windows windows;
  std::vector<int64_t> complete;  // The frames at which they are.
  for (int64_t number = 0; windows.size() < 5; ++number) {
    ASSERT_LT(number, 1000);
    for (const auto& numbers : numbers_of(push_all(window, {number}))) {
      windows.push_back(numbers);
      complete.push_back(number);
    }
  }
  for (size_t i = 0; i < row.first_windows.size(); ++i) EXPECT_EQ(windows[i], row.first_windows[i]) << i;
  EXPECT_EQ(complete[0], row.first_result);
  for (size_t i = 1; i < complete.size(); ++i) EXPECT_EQ(complete[i] - complete[i - 1], row.period) << i;
}

INSTANTIATE_TEST_SUITE_P(Window, WindowTable,
                         testing::Values(TableRow{5, 1, 0, {{0, 1, 2, 3, 4}, {1, 2, 3, 4, 5}, {2, 3, 4, 5, 6}}, 4, 1},
                                         TableRow{5, 2, 0, {{0, 1, 2, 3, 4}, {2, 3, 4, 5, 6}}, 4, 2},
                                         TableRow{
                                             5, 2, 1, {{0, 2, 4, 6, 8}, {4, 6, 8, 10, 12}, {8, 10, 12, 14, 16}}, 8, 4},
                                         TableRow{4, 1, 2, {{0, 3, 6, 9}, {3, 6, 9, 12}}, 9, 3},
                                         TableRow{4, 4, 0, {{0, 1, 2, 3}, {4, 5, 6, 7}}, 3, 4},
                                         TableRow{3, 5, 0, {{0, 1, 2}, {5, 6, 7}}, 2, 5},
                                         TableRow{32, 1, 0, {range(0, 32), range(1, 33)}, 31, 1},
                                         TableRow{32, 16, 1, {range(0, 63, 2), range(32, 95, 2)}, 62, 32}),
                         [](const auto& row) {
                           return std::to_string(row.param.num_frames) + "Frames" + std::to_string(row.param.stride) +
                                  "Stride" + std::to_string(row.param.subsample) + "Subsample";
                         });

TEST(Window, ReturnsNothingUntilFull) {
  Window window(frame_mode(3, 1, 0));
  EXPECT_TRUE(push_all(window, {0, 1}).empty());
  EXPECT_EQ(push_all(window, {2}).size(), 1U);
}

TEST(Window, LostFramesAreClosedUpAsInTheReferenceRuntime) {
  const std::vector<int64_t> numbers{0, 1, 2, 5, 6, 7, 8, 9, 11, 12};  // 3, 4 and 10 are lost.
  const Windows windows = windows_of(frame_mode(4, 1, 0), numbers);
  ASSERT_EQ(windows.size(), 7U);
  EXPECT_EQ(windows[0], (std::vector<int64_t>{0, 1, 2, 5}));
  EXPECT_EQ(windows[1], (std::vector<int64_t>{1, 2, 5, 6}));
  EXPECT_EQ(windows[6], (std::vector<int64_t>{8, 9, 11, 12}));
}

TEST(Window, LostFramesShiftThePhaseOfTheSamplingAsInTheReferenceRuntime) {
  const std::vector<int64_t> numbers{0, 1, 2, 5, 6, 7, 8, 9, 11, 12};
  EXPECT_EQ(windows_of(frame_mode(4, 2, 1), numbers), (Windows{{0, 2, 5, 7}, {5, 7, 9, 11}}));
}

TEST(Window, AnIntervalUpstreamGivesEveryThirdFrame) {
  EXPECT_EQ(windows_of(frame_mode(4, 1, 0), range(0, 15, 3)), (Windows{{0, 3, 6, 9}, {3, 6, 9, 12}}));
}

TEST(Window, AStrideBeyondTheWindowCountsFrameNumbers) {
  EXPECT_EQ(windows_of(frame_mode(4, 8, 0), range(0, 40, 3)),
            (Windows{{0, 3, 6, 9}, {15, 18, 21, 24}, {30, 33, 36, 39}}));
}

TEST(Window, WithoutLossWindowsFollowTheFormula) {
  base::Random random(1);
  for (int round = 0; round < 300; ++round) {
    const auto num_frames = static_cast<int>(1 + random.below(12));
    const auto stride = static_cast<int>(1 + random.below(16));
    const auto subsample = static_cast<int>(random.below(5));
    const int64_t k = subsample + 1;
    const int64_t f0 = random.below(1000);
    Windows expected;
    for (int64_t n = 0; n < 6; ++n) {
      std::vector<int64_t>& numbers = expected.emplace_back();
      for (int64_t i = 0; i < num_frames; ++i) numbers.push_back(f0 + (n * stride + i) * k);
    }
    const int64_t last = expected.back().back();
    EXPECT_EQ(windows_of(frame_mode(num_frames, stride, subsample), range(f0, last + 1)), expected)
        << num_frames << " " << stride << " " << subsample;
  }
}

/// The reference runtime's rules for one region, from their description in words.
class Described {
 public:
  Described(int64_t length, int64_t stride, int64_t subsample)
      : length_(length), stride_(stride), subsample_(subsample), k_(subsample + 1) {}

  void push(int64_t f) {
    if (is_new_) {
      next_ready_ = f + (length_ - 1) * k_;  // At the first frame.
    } else if (f <= last_ + subsample_) {
      return;  // Too soon after the last accepted frame.
    }
    if (f + (length_ - 1) * k_ < next_ready_) return;  // Cannot belong to the next window.
    is_new_ = false;
    ring_.push_back(f);
    last_ = f;
    if (static_cast<int64_t>(ring_.size()) < length_ || last_ < next_ready_) return;
    windows.push_back(ring_);
    next_ready_ = last_ + stride_ * k_;
    for (int64_t dropped = 0; dropped < stride_ && !ring_.empty(); ++dropped) ring_.erase(ring_.begin());
  }

  Windows windows;

 private:
  int64_t length_, stride_, subsample_, k_;
  int64_t next_ready_ = 0;
  int64_t last_ = 0;
  bool is_new_ = true;
  std::vector<int64_t> ring_;
};

TEST(Window, WithLossWindowsFollowTheDescribedAlgorithm) {
  base::Random random(2);
  size_t num_windows = 0;
  for (int round = 0; round < 400; ++round) {
    const auto num_frames = static_cast<int>(1 + random.below(8));
    const auto stride = static_cast<int>(1 + random.below(12));
    const auto subsample = static_cast<int>(random.below(4));
    const double kept = random.uniform(0.2, 1);
    std::vector<int64_t> numbers;
    for (int64_t number = random.below(50); numbers.size() < 120; ++number)
      if (random.chance(kept)) numbers.push_back(number);
    Described described(num_frames, stride, subsample);
    for (const int64_t number : numbers) described.push(number);
    EXPECT_EQ(windows_of(frame_mode(num_frames, stride, subsample), numbers), described.windows)
        << num_frames << " " << stride << " " << subsample << " " << kept;
    num_windows += described.windows.size();
  }
  EXPECT_GT(num_windows, 1000U);
}

// Starting anew.

TEST(Window, FrameNumbersThatRestartRecoverWithinOneWindow) {
  Window window(frame_mode(4, 2, 0));
  push_all(window, range(0, 101));
  std::vector<Clip> clips;
  for (int64_t number = 0; number < 4; ++number)  // The time goes on.
    for (Clip& clip : window.push({number, 1.01 + static_cast<double>(number) / 100}, make_pixel))
      clips.push_back(clip);
  EXPECT_EQ(numbers_of(clips), (Windows{{0, 1, 2, 3}}));
  EXPECT_TRUE(clips[0].is_first);
}

TEST(Window, AFrameThatComesTwiceStartsAnew) {
  EXPECT_EQ(windows_of(frame_mode(3, 1, 0), {0, 1, 1, 2, 3}), (Windows{{1, 2, 3}}));
}

/// Times of windows of three frames; the frame numbers just count.
std::vector<std::vector<double>> times_of_windows(const std::vector<double>& seconds, double max_gap_seconds) {
  WindowOptions options = frame_mode(3, 1, 0);
  options.max_gap_seconds = max_gap_seconds;
  Window window(options);
  std::vector<std::vector<double>> times;
  for (size_t i = 0; i < seconds.size(); ++i) {
    for (const Clip& clip : window.push({static_cast<int64_t>(i), seconds[i]}, make_pixel)) {
      times.emplace_back();
      for (const FramePosition& position : clip.positions) times.back().push_back(position.pts_seconds);
    }
  }
  return times;
}

TEST(Window, TimeThatGoesBackStartsAnew) {
  EXPECT_EQ(times_of_windows({7.0, 7.25, 0.0, 0.25, 0.5}, 1), (std::vector<std::vector<double>>{{0.0, 0.25, 0.5}}));
}

TEST(Window, AGapLongerThanTheLimitStartsAnewAndAShorterOneDoesNot) {
  using Times = std::vector<std::vector<double>>;
  EXPECT_EQ(times_of_windows({0.0, 0.5, 1.5, 2.0}, 1), (Times{{0.0, 0.5, 1.5}, {0.5, 1.5, 2.0}}));
  EXPECT_EQ(times_of_windows({0.0, 0.5, 1.75, 2.0, 2.25}, 1), (Times{{1.75, 2.0, 2.25}}));
  EXPECT_EQ(times_of_windows({0.0, 0.5, 1.75, 2.0}, 1.25), (Times{{0.0, 0.5, 1.75}, {0.5, 1.75, 2.0}}));
}

TEST(Window, TheGapIsMeasuredFromFramesThatAreNotTakenAsWell) {
  WindowOptions options = frame_mode(2, 1, 9);  // Takes a frame in ten: one in 0.1 s.
  options.max_gap_seconds = 0.05;
  EXPECT_EQ(windows_of(options, range(0, 21)), (Windows{{0, 10}, {10, 20}}));
}

TEST(Window, OnlyTheFirstWindowSinceAStartIsAFirstOne) {
  Window window(frame_mode(2, 1, 0));
  const auto is_first = [&](const std::vector<int64_t>& numbers) {
    std::vector<bool> flags;
    for (const Clip& clip : push_all(window, numbers)) flags.push_back(clip.is_first);
    return flags;
  };
  EXPECT_EQ(is_first({0, 1, 2, 3}), (std::vector<bool>{true, false, false}));
  EXPECT_EQ(is_first({4}), (std::vector<bool>{false}));
  window.reset();
  EXPECT_EQ(is_first({5, 6, 7}), (std::vector<bool>{true, false}));
  EXPECT_EQ(is_first({1000, 1001, 1002}), (std::vector<bool>{true, false}));  // A gap of ten seconds.
}

TEST(Window, ResetForgetsAllFrames) {
  Window window(frame_mode(3, 5, 0));
  push_all(window, {0, 1, 2, 3});
  window.reset();
  EXPECT_EQ(numbers_of(push_all(window, {4, 5, 6})), (Windows{{4, 5, 6}}));
}

// Planes.

TEST(Window, PlanesAreMadeOnceAndOnlyForFramesThatAreTaken) {
  base::Random random(3);
  for (int round = 0; round < 50; ++round) {
    const auto num_frames = static_cast<int>(1 + random.below(5));
    const auto stride = static_cast<int>(1 + random.below(9));
    const auto subsample = static_cast<int>(random.below(4));
    Window window(frame_mode(num_frames, stride, subsample));
    std::set<int64_t> made;
    std::set<int64_t> shown;
    for (int64_t number = 0; number < 100; ++number) {
      int calls = 0;
      const auto clips = window.push({number, static_cast<double>(number) / 100}, [&] {
        ++calls;
        made.insert(number);
        return pixel(0, 0, 0);
      });
      EXPECT_LE(calls, 1);
      for (const auto& numbers : numbers_of(clips)) shown.insert(numbers.begin(), numbers.end());
    }
    // Without loss every frame that is taken is in a window; the last ones may still wait.
    for (const int64_t number : made) EXPECT_TRUE(number > *shown.rbegin() || shown.contains(number)) << number;
    EXPECT_LE(std::ranges::count_if(made, [&](int64_t number) { return number > *shown.rbegin(); }), num_frames - 1);
  }
}

TEST(Window, OverlappingWindowsShareTheirPlanes) {
  Window window(frame_mode(5, 2, 1));
  const std::vector<Clip> clips = push_all(window, range(0, 30));
  ASSERT_GE(clips.size(), 5U);
  std::map<int64_t, const tensor::Tensor*> planes;  // By frame number.
  for (const Clip& clip : clips) {
    ASSERT_EQ(clip.frames.size(), 5U);
    for (size_t i = 0; i < 5; ++i) {
      const auto [known, is_new] = planes.try_emplace(clip.positions[i].number, clip.frames[i].get());
      EXPECT_EQ(known->second, clip.frames[i].get());
    }
  }
  EXPECT_EQ(planes.size(), 5 + 2 * (clips.size() - 1));
}

TEST(Window, TheWindowHoldsTheFramesOfItsPositions) {
  Window window(frame_mode(3, 1, 1));
  for (int64_t number = 0; number < 20; ++number) {
    const auto value = static_cast<float>(number);
    for (const Clip& clip : window.push({number, 0.1 * value}, [&] { return pixel(value, value, value); }))
      for (size_t i = 0; i < 3; ++i)
        EXPECT_EQ(clip.frames[i]->floats()[0], static_cast<float>(clip.positions[i].number));
  }
}

// The end of a stream.

Windows at_end(AtEnd at_end, int num_frames, int stride, int64_t length) {
  WindowOptions options = frame_mode(num_frames, stride, 0);
  options.at_end = at_end;
  Window window(options);
  push_all(window, range(0, length));
  return numbers_of(window.finish());
}

TEST(Window, AtTheEndUnseenFramesAreDroppedPaddedOrShort) {
  // Windows [0-3], [2-5]; frame 6 is in none.
  EXPECT_EQ(at_end(AtEnd::drop, 4, 2, 7), Windows{});
  EXPECT_EQ(at_end(AtEnd::pad, 4, 2, 7), (Windows{{4, 5, 6, 6}}));
  EXPECT_EQ(at_end(AtEnd::partial, 4, 2, 7), (Windows{{4, 5, 6}}));
}

TEST(Window, AClipShorterThanAWindowGivesExactlyOneWhenPadded) {
  EXPECT_EQ(at_end(AtEnd::drop, 5, 1, 3), Windows{});
  EXPECT_EQ(at_end(AtEnd::pad, 5, 1, 3), (Windows{{0, 1, 2, 2, 2}}));
  EXPECT_EQ(at_end(AtEnd::pad, 5, 1, 1), (Windows{{0, 0, 0, 0, 0}}));
  EXPECT_EQ(at_end(AtEnd::partial, 5, 1, 3), (Windows{{0, 1, 2}}));
}

TEST(Window, AtTheEndNothingIsShownTwice) {
  for (const AtEnd policy : {AtEnd::pad, AtEnd::partial}) {
    EXPECT_EQ(at_end(policy, 4, 2, 0), Windows{});
    EXPECT_EQ(at_end(policy, 4, 2, 4), Windows{});
    EXPECT_EQ(at_end(policy, 4, 1, 9), Windows{});
    EXPECT_EQ(at_end(policy, 3, 5, 5), Windows{});  // 3 and 4 lie between windows.
  }
}

TEST(Window, TheLastWindowIsAFirstOneOnlyWhereNoneCameBefore) {
  WindowOptions options = frame_mode(4, 2, 0);
  options.at_end = AtEnd::pad;
  Window window(options);
  push_all(window, range(0, 5));
  EXPECT_FALSE(window.finish().at(0).is_first);
  push_all(window, range(5, 7));
  EXPECT_TRUE(window.finish().at(0).is_first);
}

TEST(Window, AfterTheEndItIsAsNew) {
  Window window(frame_mode(3, 1, 0));
  push_all(window, range(0, 5));
  EXPECT_TRUE(window.finish().empty());
  const std::vector<Clip> clips = push_all(window, range(5, 8));
  EXPECT_EQ(numbers_of(clips), (Windows{{5, 6, 7}}));
  EXPECT_TRUE(clips[0].is_first);
}

// Time mode.

WindowOptions time_mode(int num_frames, double sample_fps, double hop_seconds) {
  WindowOptions options;
  options.num_frames = num_frames;
  options.sample_fps = sample_fps;
  options.hop_seconds = hop_seconds;
  return options;
}

/// Frames of a camera for some seconds; each comes up to `jitter` of a frame too early or too late.
std::vector<FramePosition> camera(double fps, double seconds, double jitter, uint64_t seed) {
  base::Random random(seed);
  std::vector<FramePosition> frames;
  for (int64_t n = 0; static_cast<double>(n) < seconds * fps; ++n)
    frames.push_back({n, 100 + (static_cast<double>(n) + random.uniform(-jitter, jitter)) / fps});
  return frames;
}

std::vector<Clip> clips_of(const WindowOptions& options, const std::vector<FramePosition>& frames) {
  Window window(options);
  std::vector<Clip> clips;
  for (const FramePosition& frame : frames)
    for (Clip& clip : window.push(frame, make_pixel)) clips.push_back(std::move(clip));
  return clips;
}

/// The largest distance of a sample from its place on the grid: sample i of window n belongs at n * hop + i / fps.
double largest_error(const std::vector<Clip>& clips, const WindowOptions& options, double start_seconds) {
  double largest = 0;
  for (size_t n = 0; n < clips.size(); ++n) {
    EXPECT_EQ(clips[n].positions.size(), static_cast<size_t>(options.num_frames));
    for (size_t i = 0; i < clips[n].positions.size(); ++i) {
      const double place =
          start_seconds + static_cast<double>(n) * options.hop_seconds + static_cast<double>(i) / options.sample_fps;
      largest = std::max(largest, std::abs(clips[n].positions[i].pts_seconds - place));
    }
  }
  return largest;
}

TEST(TimeWindow, SamplesStandWithinHalfACameraFrameOfTheGrid) {
  const WindowOptions options = time_mode(16, 8, 0.5);
  for (const double fps : {15.0, 25.0, 30000.0 / 1001, 30.0, 60.0}) {
    const auto frames = camera(fps, 20, 0, 1);
    const std::vector<Clip> clips = clips_of(options, frames);
    // The last place of window n, 15 / 8 s after its start, must be at hand after 20 s.
    EXPECT_EQ(clips.size(), 37U) << fps;
    EXPECT_LE(largest_error(clips, options, 100), 0.5 / fps + 1e-6) << fps;
  }
}

// The next frame is guessed to come after the time that the last one took. With a jitter of j frames an interval lies
// in 1 - 2 j to 1 + 2 j, so that a place waits for a frame at most (1 + 2 j) - (1 - 2 j) / 2 = 0.5 + 3 j frames away.
TEST(TimeWindow, JitterMovesSamplesByLittle) {
  const WindowOptions options = time_mode(16, 8, 0.5);
  constexpr double kJitter = 0.1;
  for (const double fps : {15.0, 25.0, 30000.0 / 1001, 30.0, 60.0}) {
    for (uint64_t seed = 0; seed < 10; ++seed) {
      const auto frames = camera(fps, 20, kJitter, seed);
      const std::vector<Clip> clips = clips_of(options, frames);
      EXPECT_NEAR(static_cast<double>(clips.size()), 37, 1) << fps;
      EXPECT_LE(largest_error(clips, options, frames[0].pts_seconds), (0.5 + 3 * kJitter) / fps + 1e-6) << fps;
    }
  }
}

TEST(TimeWindow, TheGridDoesNotDrift) {
  const WindowOptions options = time_mode(4, 8, 0.5);
  constexpr double kFps = 30000.0 / 1001;
  const std::vector<Clip> clips = clips_of(options, camera(kFps, 3600, 0, 1));
  EXPECT_EQ(clips.size(), 7200U);
  EXPECT_LE(largest_error(clips, options, 100), 0.5 / kFps + 1e-6);
}

TEST(TimeWindow, ACameraAtTheRateOfTheSamplesGivesEveryFrameOnce) {
  EXPECT_EQ(numbers_of(clips_of(time_mode(4, 25, 0.08), camera(25, 0.48, 0, 1))),
            (Windows{{0, 1, 2, 3}, {2, 3, 4, 5}, {4, 5, 6, 7}, {6, 7, 8, 9}, {8, 9, 10, 11}}));
}

TEST(TimeWindow, ACameraOfTwiceTheRateGivesEverySecondFrame) {
  EXPECT_EQ(numbers_of(clips_of(time_mode(3, 10, 0.1), camera(20, 0.5, 0, 1))),
            (Windows{{0, 2, 4}, {2, 4, 6}, {4, 6, 8}}));
}

// Places every 0.1 s, frames every 0.2 s. A place just between two frames goes to the later one.
TEST(TimeWindow, ASlowCameraRepeatsFrames) {
  const std::vector<Clip> clips = clips_of(time_mode(5, 10, 0.2), camera(5, 2, 0, 1));
  const Windows windows = numbers_of(clips);
  ASSERT_EQ(windows.size(), 8U);
  EXPECT_EQ(windows[0], (std::vector<int64_t>{0, 1, 1, 2, 2}));
  EXPECT_EQ(windows[1], (std::vector<int64_t>{1, 2, 2, 3, 3}));
  EXPECT_EQ(clips[0].frames[1], clips[0].frames[2]);
}

// Where the camera is slower than the samples, no more than half a sample is guessed ahead: a place 1 / 16 s after a
// frame waits for the next one.
TEST(TimeWindow, ASlowCameraIsLateByAFrameLessHalfASampleAtMost) {
  const WindowOptions options = time_mode(16, 8, 0.5);
  const std::vector<Clip> clips = clips_of(options, camera(5, 20, 0, 1));
  EXPECT_GE(clips.size(), 36U);
  EXPECT_LE(largest_error(clips, options, 100), 0.2 - 0.0625 + 1e-6);
}

TEST(TimeWindow, OneFrameOfASlowCameraCompletesSeveralWindows) {
  Window window(time_mode(2, 10, 0.1));
  int calls = 0;
  const auto make_planes = [&] {
    ++calls;
    return pixel(0, 0, 0);
  };
  EXPECT_TRUE(window.push({0, 0}, make_planes).empty());
  // Places 1 to 5 all wait for it.
  EXPECT_EQ(numbers_of(window.push({1, 0.5}, make_planes)), (Windows{{0, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}));
  EXPECT_EQ(calls, 2);
}

TEST(TimeWindow, TheHopIsRoundedToWholeSamples) {
  const auto starts = [](double hop_seconds) {
    std::vector<int64_t> numbers;
    for (const auto& window : numbers_of(clips_of(time_mode(2, 10, hop_seconds), camera(10, 1, 0, 1))))
      numbers.push_back(window[0]);
    return numbers;
  };
  EXPECT_EQ(starts(0.3), (std::vector<int64_t>{0, 3, 6}));
  EXPECT_EQ(starts(0.34), (std::vector<int64_t>{0, 3, 6}));
  EXPECT_EQ(starts(0.36), (std::vector<int64_t>{0, 4, 8}));
  EXPECT_EQ(starts(0.001), (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(TimeWindow, AHopBeyondTheWindowMakesNoPlanesBetween) {
  Window window(time_mode(2, 10, 1.0));
  std::vector<int64_t> made;
  for (const FramePosition& frame : camera(10, 2.2, 0, 1))
    window.push(frame, [&] {
      made.push_back(frame.number);
      return pixel(0, 0, 0);
    });
  EXPECT_EQ(made, (std::vector<int64_t>{0, 1, 10, 11, 20, 21}));
}

TEST(TimeWindow, CountsOfFramesHaveNoEffect) {
  WindowOptions options = time_mode(3, 10, 0.1);
  options.stride = 7;
  options.subsample = 2;
  EXPECT_EQ(numbers_of(clips_of(options, camera(20, 0.5, 0, 1))), (Windows{{0, 2, 4}, {2, 4, 6}, {4, 6, 8}}));
}

TEST(TimeWindow, AGapBeginsANewGrid) {
  auto frames = camera(30, 1, 0, 1);
  const double restart = frames.back().pts_seconds + 1.51;  // Off the old grid.
  for (int64_t n = 0; n < 30; ++n) frames.push_back({30 + n, restart + static_cast<double>(n) / 30});
  const std::vector<Clip> clips = clips_of(time_mode(4, 8, 0.5), frames);
  // Samples at 0 to 0.375 s and at 0.5 to 0.875 s, twice.
  ASSERT_EQ(clips.size(), 4U);
  EXPECT_TRUE(clips[2].is_first);
  EXPECT_EQ(clips[2].positions[0].number, 30);
  EXPECT_NEAR(clips[2].positions[3].pts_seconds, restart + 0.375, 0.5 / 30 + 1e-6);
}

TEST(TimeWindow, LostFramesAreReplacedByTheirNeighbours) {
  auto frames = camera(10, 1, 0, 1);
  frames.erase(frames.begin() + 3);
  const Windows windows = numbers_of(clips_of(time_mode(5, 10, 0.5), frames));
  ASSERT_FALSE(windows.empty());
  EXPECT_EQ(windows[0], (std::vector<int64_t>{0, 1, 2, 4, 4}));
}

TEST(TimeWindow, AClipShorterThanAWindowGivesExactlyOneWhenPadded) {
  WindowOptions options = time_mode(4, 10, 0.5);
  options.at_end = AtEnd::pad;
  Window window(options);
  for (const FramePosition& frame : camera(30, 0.2, 0, 1)) window.push(frame, make_pixel);
  EXPECT_EQ(numbers_of(window.finish()), (Windows{{0, 3, 3, 3}}));
}

// Options.

std::string refusal(const WindowOptions& options) {
  try {
    const Window window(options);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

TEST(WindowOptions, OutOfRangeAreRefusedByName) {
  const auto with = [](auto member, auto value) {
    WindowOptions options;
    options.*member = value;
    return refusal(options);
  };
  EXPECT_EQ(refusal({}), "");
  EXPECT_TRUE(holds(with(&WindowOptions::num_frames, 0), {"window.num_frames", "0", "1 or more"}));
  EXPECT_TRUE(holds(with(&WindowOptions::stride, 0), {"window.stride", "0", "1 or more"}));
  EXPECT_TRUE(holds(with(&WindowOptions::stride, -3), {"window.stride", "-3"}));
  EXPECT_TRUE(holds(with(&WindowOptions::subsample, -1), {"window.subsample", "-1", "0 or more"}));
  for (const double fps : {-1.0, 1001.0, std::nan("")})
    EXPECT_TRUE(holds(with(&WindowOptions::sample_fps, fps), {"window.sample_fps"})) << fps;
  for (const double hop : {0.0, -1.0, 86401.0, std::nan("")})
    EXPECT_TRUE(holds(with(&WindowOptions::hop_seconds, hop), {"window.hop_seconds"})) << hop;
  for (const double gap : {0.0, -1.0, std::nan("")})
    EXPECT_TRUE(holds(with(&WindowOptions::max_gap_seconds, gap), {"window.max_gap_seconds"})) << gap;
}

TEST(WindowOptions, TheLargestNumbersDoNotOverflow) {
  constexpr int kMost = std::numeric_limits<int>::max();
  EXPECT_EQ(windows_of(frame_mode(1, kMost, kMost), range(0, 100)), (Windows{{0}}));
  EXPECT_EQ(windows_of(frame_mode(2, kMost, kMost), range(0, 100)), Windows{});
}

TEST(Window, PadsAShortStreamAloneWhereAsked) {
  WindowOptions options;
  options.num_frames = 4;
  options.stride = 2;
  options.at_end = AtEnd::pad_short;
  const auto windows_of = [&](int64_t num_frames) {
    Window window(options);
    size_t count = 0;
    for (int64_t number = 0; number < num_frames; ++number)
      count += window.push({number, 0.04 * static_cast<double>(number)}, [] { return Planes(); }).size();
    return std::pair(count, window.finish().size());
  };
  EXPECT_EQ(windows_of(3), std::pair(size_t{0}, size_t{1}));
  EXPECT_EQ(windows_of(5), std::pair(size_t{1}, size_t{0})) << "its last frame is in no window, but it had one";
  EXPECT_EQ(windows_of(0), std::pair(size_t{0}, size_t{0}));
}

AtEnd end_of(const std::string& name) {
  if (name == "pad") return AtEnd::pad;
  if (name == "pad-short") return AtEnd::pad_short;
  return name == "partial" ? AtEnd::partial : AtEnd::drop;
}

TEST(Window, IsWhatTheGuideDraws) {
  const std::vector<DrawnLine> lines = drawn_lines("window");
  EXPECT_EQ(lines.size(), 15U);
  for (const DrawnLine& line : lines) {
    WindowOptions options;
    options.num_frames = line.integer("T", 0);
    options.stride = line.integer("stride", options.stride);
    options.subsample = line.integer("subsample", options.subsample);
    options.sample_fps = line.number("sample_fps", 0);
    options.hop_seconds = line.number("hop", options.hop_seconds);
    options.max_gap_seconds = line.number("max_gap", options.max_gap_seconds);
    options.at_end = end_of(line.text("end", ""));
    Window window(options);
    std::vector<Clip> clips;
    const auto keep = [&](std::vector<Clip> some) { std::move(some.begin(), some.end(), std::back_inserter(clips)); };
    const std::vector<int64_t> come = numbers_in(line.values.at("come"));
    const bool counts_coming = line.has("counts");
    for (size_t i = 0; i < come.size(); ++i) {
      const int64_t number = counts_coming ? static_cast<int64_t>(i) : come[i];
      keep(window.push({number, static_cast<double>(come[i]) / line.number("fps", 0)}, make_pixel));
    }
    keep(window.finish());
    Windows windows = numbers_of(clips);
    for (std::vector<int64_t>& numbers : windows)
      for (int64_t& number : numbers) number = counts_coming ? come.at(static_cast<size_t>(number)) : number;
    EXPECT_EQ(windows, lists_in(line.values.at("windows"))) << line.name;
  }
}

}  // namespace
}  // namespace gerund::serve
