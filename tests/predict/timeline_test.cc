#include "predict/timeline.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace gerund::predict {
namespace {

// 60 frames of 10 per second: black for three seconds, then white.
class TwoHalves : public media::FrameSource {
 public:
  TwoHalves() {
    info_.width = info_.height = 8;
    info_.num_frames = 60;
    info_.fps = 10;
  }
  const media::SourceInfo& info() const override { return info_; }
  std::vector<tensor::Frame> read(std::span<const int64_t>) override { return {}; }
  std::optional<tensor::Frame> next() override {
    if (position_ == info_.num_frames) return std::nullopt;
    tensor::Frame frame(8, 8);
    std::fill(frame.rgb.begin(), frame.rgb.end(), position_++ < 30 ? 0 : 255);
    return frame;
  }

 private:
  media::SourceInfo info_;
  int64_t position_ = 0;
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

LoadedModel brightness_model() {
  LoadedModel model;
  model.name = "brightness";
  model.engine = std::make_unique<Brightness>();
  model.recipe.num_frames = 5;
  model.recipe.width = model.recipe.height = 8;
  model.recipe.mean = {0, 0, 0};
  model.recipe.std = {1, 1, 1};
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

TEST(Timeline, AnUnknownWindowAndOptionsOutOfRangeAreUserErrors) {
  base::Progress silent;
  TwoHalves source;
  EXPECT_THROW(make_timeline(brightness_model(), source, "v", {0, 0.5, 4}, silent), base::UserError);
  EXPECT_THROW(make_timeline(brightness_model(), source, "v", {1, 0, 4}, silent), base::UserError);
}

}  // namespace
}  // namespace gerund::predict
