#include "predict/timeline.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"

namespace gerund::predict {
namespace {

// Frames with these times, black for three seconds, then white.
class TwoHalves : public media::FrameSource {
 public:
  TwoHalves(double fps, std::vector<double> times) : times_(std::move(times)) {
    info_.width = info_.height = 8;
    info_.num_frames = static_cast<int64_t>(times_.size());
    info_.fps = fps;
  }
  /// 10 per second.
  explicit TwoHalves(int num_frames = 60) : TwoHalves(10, tenths(num_frames)) {}
  static std::vector<double> tenths(int count) {
    std::vector<double> times;
    for (int i = 0; i < count; ++i) times.push_back(i / 10.0);
    return times;
  }
  const media::SourceInfo& info() const override { return info_; }
  std::vector<tensor::Frame> read(std::span<const int64_t>) override { return {}; }
  std::optional<tensor::Frame> next() override {
    if (position_ == times_.size()) return std::nullopt;
    tensor::Frame frame(8, 8);
    frame.pts_seconds = times_[position_++];
    std::fill(frame.rgb.begin(), frame.rgb.end(), frame.pts_seconds < 3 ? 0 : 255);
    return frame;
  }

 private:
  media::SourceInfo info_;
  std::vector<double> times_;
  size_t position_ = 0;
};

// Logits (0, 0) for a black clip, (0, 10) for a white one: by the mean of its pixels.
class Brightness : public infer::Engine {
 public:
  std::vector<tensor::Tensor> run_all(std::span<const tensor::Tensor> inputs) const override {
    const tensor::Tensor& input = inputs.front();
    tensor::Tensor logits({input.dim(0), 2});
    const size_t clip = input.floats().size() / static_cast<size_t>(input.dim(0));
    for (size_t n = 0; n < static_cast<size_t>(input.dim(0)); ++n) {
      double sum = 0;
      for (size_t i = 0; i < clip; ++i) sum += input.floats()[n * clip + i];
      logits.floats()[2 * n] = 5;
      logits.floats()[2 * n + 1] = static_cast<float>(10 * sum / static_cast<double>(clip));
    }
    return {logits};
  }
};

serve::LoadedModel brightness_model() {
  serve::LoadedModel model;
  model.recipes = clip::Recipes(1);
  model.name = "brightness";
  model.engine = std::make_unique<Brightness>();
  model.recipes[0].num_frames = 5;
  model.recipes[0].width = model.recipes[0].height = 8;
  model.recipes[0].mean = {0, 0, 0};
  model.recipes[0].std = {1, 1, 1};
  model.labels = {"dark", "bright"};
  return model;
}

TEST(Timeline, EverySecondIsNamedAfterTheWindowsThatOverlapIt) {
  TwoHalves source;
  base::Progress silent;
  const Timeline timeline = make_timeline(brightness_model(), source, "video", {1.0, 0.5, 4}, silent);
  ASSERT_EQ(timeline.seconds.size(), 6U);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(timeline.seconds[i].class_index, i < 3 ? 0 : 1) << i;
  EXPECT_NEAR(timeline.seconds[0].score, 1 / (1 + std::exp(-5.0)), 1e-6);
  const auto segments = segments_of(timeline);
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].end_seconds, 3);
  EXPECT_EQ(segments[1].end_seconds, 6);
}

// 3.5 seconds: the last window, from 2.5 on, ends with the video. The second from 2 on is overlapped by half of it, by
// all of the window before and by half of the one before that.
TEST(Timeline, EveryWindowCountsOnce) {
  TwoHalves source(35);
  base::Progress silent;
  const Timeline timeline = make_timeline(brightness_model(), source, "video", {1.0, 0.5, 4}, silent);
  const auto white = [](double share) { return 1 / (1 + std::exp(5 - 10 * share)); };
  ASSERT_EQ(timeline.seconds.size(), 4U);
  // Of the last window's five frames three are white.
  EXPECT_NEAR(timeline.seconds[2].probabilities[1], (1.5 * white(0) + 0.5 * white(0.6)) / 2, 1e-6);
  EXPECT_NEAR(timeline.seconds[3].probabilities[1], white(0.6), 1e-6);
}

// Of the white frames only each tenth was written: 33 in six seconds.
TEST(Timeline, GoesByTheTimesOfUnevenFrames) {
  base::Progress silent;
  std::vector<double> times = TwoHalves::tenths(30);
  times.insert(times.end(), {3, 4, 5});
  TwoHalves source(5.5, times);
  const Timeline timeline = make_timeline(brightness_model(), source, "video", {1.0, 0.5, 4}, silent);
  ASSERT_EQ(timeline.seconds.size(), 6U);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(timeline.seconds[i].class_index, i < 3 ? 0 : 1) << i;
}

TEST(Timeline, LabelsThatAreNotTheNetworksAreAUserError) {
  base::Progress silent;
  TwoHalves source;
  serve::LoadedModel model = brightness_model();
  model.labels = {"dark"};
  EXPECT_THROW(make_timeline(model, source, "video", {1.0, 0.5, 4}, silent), base::UserError);
}

TEST(Timeline, TheBatchSizeChangesNothing) {
  base::Progress silent;
  TwoHalves one;
  TwoHalves many;
  EXPECT_EQ(to_json(make_timeline(brightness_model(), one, "v", {1.0, 0.3, 1}, silent)),
            to_json(make_timeline(brightness_model(), many, "v", {1.0, 0.3, 7}, silent)));
}

TEST(Timeline, AVideoShorterThanTheWindowIsOneWindow) {
  TwoHalves source;
  base::Progress silent;
  EXPECT_EQ(make_timeline(brightness_model(), source, "v", {60, 0.5, 4}, silent).seconds.size(), 6U);
}

/// Every two frames of [3, 2 * num_answers, 8, 8] to logits (5, 10 * their mean), and a state that counts chunks.
std::shared_ptr<const infer::StepNetwork> brightness_steps(int64_t num_answers = 1) {
  const int64_t frames = 2 * num_answers, plane = 64;
  graph::Model model;
  model.inputs = {{"input_rgb", {-1, 3, frames, 8, 8}}, {"state_chunks", {-1, 1}}};
  model.outputs = {{"fc_pred", {-1, num_answers, 2}}, {"next_state_chunks", {-1, 1}}};
  tensor::Tensor weight({2 * num_answers, 3 * frames * plane});
  std::vector<float> bias;
  for (int64_t answer = 0; answer < num_answers; ++answer) {
    bias.insert(bias.end(), {5, 0});
    for (int64_t channel = 0; channel < 3; ++channel)
      std::fill_n(weight.floats().begin() + ((2 * answer + 1) * 3 * frames + channel * frames + 2 * answer) * plane,
                  2 * plane, 10.0F / static_cast<float>(6 * plane));
  }
  model.initializers["weight"] = weight;
  model.initializers["bias"] = tensor::Tensor({2 * num_answers}, bias);
  model.initializers["shape"] = tensor::Tensor({3}, tensor::DType::i64);
  std::ranges::copy(std::vector<int64_t>{-1, num_answers, 2}, model.initializers["shape"].ints().begin());
  model.initializers["one"] = tensor::Tensor({}, std::vector<float>{1});
  model.nodes = {{"Flatten", "", {"input_rgb"}, {"flat"}, {}},
                 {"Gemm", "", {"flat", "weight", "bias"}, {"all"}, {{"transB", int64_t{1}}}},
                 {"Reshape", "", {"all", "shape"}, {"fc_pred"}, {}},
                 {"Add", "", {"state_chunks", "one"}, {"next_state_chunks"}, {}}};
  return std::make_shared<infer::StepNetwork>(model, infer::EngineOptions{});
}

TEST(Agreement, CountsSecondsWhoseMiddleLiesInAnActionOfTheTruth) {
  Timeline timeline;
  for (const int64_t class_index : {0, 0, 1, 1, 1})
    timeline.seconds.push_back({static_cast<double>(timeline.seconds.size()),
                                static_cast<double>(timeline.seconds.size() + 1),
                                class_index,
                                1,
                                {}});
  // Second 0 is right, 1 is wrong, 2 lies in none, 3 is right, of 4 the label is not known.
  const Agreement counted = agreement(timeline, {{0, 1.4, 0, 1}, {1.4, 2.5, 1, 1}, {3.2, 4.1, 1, 1}, {4.1, 5, -1, 1}});
  EXPECT_EQ(counted.num_right, 2);
  EXPECT_EQ(counted.num_seconds, 4);
}

TEST(StreamTimeline, AnswersAfterEveryChunkAndAveragesSeconds) {
  TwoHalves source;
  base::Progress silent;
  serve::LoadedModel model = brightness_model();
  model.recipes[0].num_frames = 4;
  model.recipes[0].sample_strategy = clip::SampleStrategy::consecutive;
  model.step = brightness_steps();
  const Timeline timeline = make_timeline(model, source, "video", {0, 0.5, 4}, silent);
  EXPECT_NEAR(timeline.window_seconds, 0.4, 1e-9);
  EXPECT_NEAR(timeline.hop_seconds, 0.2, 1e-9);
  ASSERT_EQ(timeline.hops.size(), 30U);
  EXPECT_EQ(timeline.hops[0].start_seconds, 0);
  for (size_t i = 0; i < 30; ++i) {
    EXPECT_NEAR(timeline.hops[i].end_seconds, 0.2 * static_cast<double>(i + 1), 1e-9);
    EXPECT_EQ(timeline.hops[i].class_index, i < 15 ? 0 : 1) << i;
  }
  EXPECT_NEAR(timeline.hops[9].start_seconds, 1.6, 1e-9);
  ASSERT_EQ(timeline.seconds.size(), 6U);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(timeline.seconds[i].class_index, i < 3 ? 0 : 1) << i;
  EXPECT_NE(to_json(timeline).find("\"hops\""), std::string::npos);
}

// 60 frames: seven chunks of eight and half a one, or twelve of ten; and too few for a second answer at the end.
TEST(StreamTimeline, IsTheSameWhateverTheAnswersOfAChunk) {
  base::Progress silent;
  serve::LoadedModel model = brightness_model();
  model.recipes[0].num_frames = 4;
  model.recipes[0].sample_strategy = clip::SampleStrategy::consecutive;
  for (const double window : {0.0, 0.85, 9.0}) {
    std::string expected;
    for (const int64_t num_answers : {1, 4, 5, 40}) {
      SCOPED_TRACE(fmt::format("{} answers, window {}", num_answers, window));
      TwoHalves source;
      model.step = brightness_steps(num_answers);
      const std::string timeline = to_json(make_timeline(model, source, "video", {window, 0.5, 4}, silent));
      if (expected.empty()) expected = timeline;
      EXPECT_EQ(timeline, expected);
    }
  }
}

TEST(StreamTimeline, TakesFramesAtTheSpacingOfTheClips) {
  TwoHalves source;
  base::Progress silent;
  serve::LoadedModel model = brightness_model();
  model.recipes[0].num_frames = 4;
  model.clip_seconds = 1.2;  // 12 frames for 4: every third.
  model.step = brightness_steps();
  const Timeline timeline = make_timeline(model, source, "video", {0, 0.5, 4}, silent);
  ASSERT_EQ(timeline.hops.size(), 10U);
  EXPECT_NEAR(timeline.hop_seconds, 0.6, 1e-9);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(timeline.hops[i].class_index, i < 5 ? 0 : 1) << i;
}

TEST(StreamTimeline, AVideoShorterThanAChunkIsOneHop) {
  TwoHalves source;
  base::Progress silent;
  serve::LoadedModel model = brightness_model();
  model.recipes[0].num_frames = 4;
  model.step = brightness_steps();
  EXPECT_EQ(make_timeline(model, source, "video", {300, 0.5, 4}, silent).hops.size(), 1U);
}

TEST(Timeline, AnUnknownWindowAndOptionsOutOfRangeAreUserErrors) {
  base::Progress silent;
  TwoHalves source;
  EXPECT_THROW(make_timeline(brightness_model(), source, "v", {0, 0.5, 4}, silent), base::UserError);
  EXPECT_THROW(make_timeline(brightness_model(), source, "v", {1, 0, 4}, silent), base::UserError);
}

}  // namespace
}  // namespace gerund::predict
