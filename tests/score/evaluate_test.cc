#include "score/evaluate.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/interrupt.h"
#include "clip/assemble.h"
#include "data/drawn_clips.h"
#include "media/frame_source.h"
#include "score/color_engine.h"

namespace gerund::score {
namespace {

const std::vector<std::string> kLabels{"red", "green", "blue"};

clip::Recipe small_recipe() {
  clip::Recipe recipe;
  recipe.num_frames = 4;
  recipe.height = 16;
  recipe.width = 16;
  recipe.sample_strategy = clip::SampleStrategy::consecutive;
  return recipe;
}

class Evaluate : public drawn::Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    const data::Dataset dataset = data::scan_dataset(folder_, drawn::write_color_set(folder_, 3));
    clips_ = data::probe(dataset.items, {0, false}, silent_);
  }
  Evaluation run(const infer::Engine& engine, const ClassifyOptions& options) {
    return evaluate(engine, clips_, {small_recipe()}, kLabels, options, silent_);
  }
  std::string message(const infer::Engine& engine, const std::vector<std::string>& labels, ClassifyOptions options) {
    try {
      evaluate(engine, clips_, {small_recipe()}, labels, options, silent_);
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "no error";
  }
  base::Progress silent_;
  data::Probed clips_;
};

ClassifyOptions of_view(clip::View view, int64_t batch_size = 1, int num_workers = 2) {
  ClassifyOptions options;
  options.view = view;
  options.num_segments = 5;
  options.batch_size = batch_size;
  options.num_workers = num_workers;
  return options;
}

void expect_same(const Evaluation& a, const Evaluation& b) {
  ASSERT_EQ(a.samples.size(), b.samples.size());
  for (size_t i = 0; i < a.samples.size(); ++i) {
    EXPECT_EQ(a.samples[i].path, b.samples[i].path);
    EXPECT_EQ(a.samples[i].clip_index, b.samples[i].clip_index);
    EXPECT_EQ(a.samples[i].prediction, b.samples[i].prediction);
    EXPECT_EQ(a.samples[i].probabilities, b.samples[i].probabilities);
  }
  EXPECT_EQ(a.loss, b.loss);
}

TEST_F(Evaluate, ResultsDependNeitherOnTheBatchSizeNorOnTheWorkers) {
  for (clip::View view : {clip::View::center, clip::View::conv, clip::View::all}) {
    const Evaluation expected = run(ColorEngine(), of_view(view, 1, 0));
    for (int64_t batch_size : {1, 2, 3, 7, 100})
      for (int workers : {0, 1, 5}) expect_same(run(ColorEngine(), of_view(view, batch_size, workers)), expected);
  }
}

TEST_F(Evaluate, BatchesReachAcrossVideos) {
  const ColorEngine engine;
  run(engine, of_view(clip::View::conv, 7));
  // 9 videos of 5 clips each.
  EXPECT_EQ(engine.batch_sizes, (std::vector<int64_t>{7, 7, 7, 7, 7, 7, 3}));
}

TEST_F(Evaluate, ClipsOfDifferentLengthsNeverShareABatch) {
  const ColorEngine engine;
  const Evaluation evaluation = run(engine, of_view(clip::View::all, 100));
  // Whole videos of 10, 13 and 16 frames in turn.
  EXPECT_EQ(engine.batch_sizes, std::vector<int64_t>(9, 1));
  EXPECT_EQ(evaluation.samples.size(), 9U);
}

TEST_F(Evaluate, CenterRecognisesTheColors) {
  const Evaluation evaluation = run(ColorEngine(20), of_view(clip::View::center));
  EXPECT_EQ(evaluation.confusion.accuracy(), 1);
  EXPECT_EQ(evaluation.samples.front().path.filename(), "clip0.avi");
  EXPECT_EQ(evaluation.samples.front().label, 2) << "blue comes first by name and has index 2";
  EXPECT_EQ(evaluation.top_k(1), 1);
  EXPECT_LT(evaluation.loss, 0.2);
}

TEST_F(Evaluate, ANetworkThatIsAlwaysWrongGetsNothing) {
  const Evaluation evaluation = run(ColorEngine(-20), of_view(clip::View::center));
  EXPECT_EQ(evaluation.confusion.accuracy(), 0);
  EXPECT_EQ(evaluation.top_k(2), 0);
  EXPECT_EQ(evaluation.top_k(3), 1);
  EXPECT_NE(evaluation.samples.front().prediction, evaluation.samples.front().label);
}

// The average, step by step: every clip alone through the network, softmax by its formula, mean over the clips.
TEST_F(Evaluate, ConvAveragesTheSoftmaxOfEachVideosClips) {
  const ColorEngine engine(3);
  const Evaluation evaluation = run(engine, of_view(clip::View::conv, 4));
  ASSERT_EQ(evaluation.samples.size(), 9U);
  double loss = 0;
  for (size_t video = 0; video < 9; ++video) {
    const data::Item& item = clips_.items[video];
    const auto views = clip::sample_view(small_recipe(), clip::View::conv, item.num_frames, 5);
    ASSERT_EQ(views.size(), 5U);
    std::vector<double> mean(3);
    for (const auto& indices : views) {
      const tensor::Tensor clip = clip::assemble(small_recipe(), media::open_source(item.path)->read(indices));
      const tensor::Tensor logits = engine.run(clip.reshaped({1, 3, 4, 16, 16}));
      double sum = 0;
      for (float logit : logits.floats()) sum += std::exp(static_cast<double>(logit));
      for (size_t k = 0; k < 3; ++k) mean[k] += std::exp(static_cast<double>(logits.floats()[k])) / sum / 5;
    }
    for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(evaluation.samples[video].probabilities[k], mean[k], 1e-12);
    loss -= std::log(mean[static_cast<size_t>(item.class_index)]) / 9;
  }
  EXPECT_NEAR(evaluation.loss, loss, 1e-12);
}

TEST_F(Evaluate, AllCountsEveryClipAsASample) {
  clip::Recipe recipe = small_recipe();
  recipe.sample_strategy = clip::SampleStrategy::random_interval;
  recipe.input_type = clip::InputType::stacked_2d;
  const Evaluation evaluation =
      evaluate(ColorEngine(20), clips_, {recipe}, kLabels, of_view(clip::View::all, 3), silent_);
  // Videos of 10, 13 and 16 frames have 10/4 = 2, 3 and 4 clips of 4 frames, for each of 3 classes.
  EXPECT_EQ(evaluation.confusion.num_samples(), 27);
  ASSERT_EQ(evaluation.samples.size(), 27U);
  EXPECT_EQ(evaluation.samples[1].path, clips_.items[0].path);
  EXPECT_EQ(evaluation.samples[1].clip_index, 1);
  EXPECT_EQ(evaluation.samples[2].clip_index, 0);
}

TEST_F(Evaluate, AVideoThatBreaksIsListedAfterThoseOfTheProbeAndLeftOut) {
  clips_.broken = {{"known.avi", "empty"}};
  drawn::write_damaged(clips_.items[4].path);
  const Evaluation evaluation = run(ColorEngine(), of_view(clip::View::conv, 4));
  EXPECT_EQ(evaluation.samples.size(), 8U);
  ASSERT_EQ(evaluation.broken.size(), 2U);
  EXPECT_EQ(evaluation.broken[0].path, "known.avi");
  EXPECT_EQ(evaluation.broken[1].path, clips_.items[4].path);
  ClassifyOptions strict = of_view(clip::View::conv, 4);
  strict.strict = true;
  EXPECT_NE(message(ColorEngine(), kLabels, strict).find(clips_.items[4].path.string()), std::string::npos);
}

/// Destroys a file at its first run.
class DamagingEngine : public ColorEngine {
 public:
  explicit DamagingEngine(std::filesystem::path victim) : victim_(std::move(victim)) {}
  std::vector<tensor::Tensor> run_all(std::span<const tensor::Tensor> inputs) const override {
    drawn::write_damaged(victim_);
    return ColorEngine::run_all(inputs);
  }

 private:
  std::filesystem::path victim_;
};

// Without workers the parts of a long view are decoded one after the other, between runs of the network.
TEST_F(Evaluate, AVideoThatBreaksInALaterPartLeavesNothingOfTheEarlierOnes) {
  ClassifyOptions options = of_view(clip::View::conv, 1, 0);
  options.num_segments = 40;
  const Evaluation evaluation = run(DamagingEngine(clips_.items[0].path), options);
  ASSERT_EQ(evaluation.broken.size(), 1U);
  EXPECT_EQ(evaluation.samples.size(), 8U);
  EXPECT_EQ(evaluation.samples[0].path, clips_.items[1].path);
}

TEST_F(Evaluate, NothingLeftIsAnError) {
  for (const data::Item& item : clips_.items) drawn::write_damaged(item.path);
  EXPECT_NE(message(ColorEngine(), kLabels, {}).find("9 of 9 clips cannot be used"), std::string::npos);
}

TEST_F(Evaluate, LabelsThatDoNotFitTheNetworkAreAnErrorThatNamesBothNumbers) {
  const std::string text = message(ColorEngine(), {"red", "green", "blue", "grey"}, {});
  EXPECT_NE(text.find("[1, 3]"), std::string::npos) << text;
  EXPECT_NE(text.find("4 labels"), std::string::npos) << text;
}

TEST_F(Evaluate, OutputThatIsNotFiniteIsAnErrorThatNamesTheVideo) {
  const std::string text = message(ColorEngine(std::numeric_limits<float>::infinity()), kLabels, {});
  EXPECT_NE(text.find("not finite"), std::string::npos);
  EXPECT_NE(text.find(clips_.items[0].path.string()), std::string::npos);
}

TEST_F(Evaluate, StopsOnAnInterrupt) {
  base::request_interrupt();
  EXPECT_THROW(run(ColorEngine(), {}), base::Interrupted);
  base::request_interrupt(false);
}

TEST(ViewNames, GoBothWaysAndAnUnknownOneNamesItsKey) {
  for (const char* name : {"center", "conv", "all"}) EXPECT_EQ(view_name(view_from_name(name, "x")), name);
  try {
    view_from_name("middle", "evaluate.video_eval_mode");
    FAIL();
  } catch (const base::UserError& error) {
    EXPECT_STREQ(error.what(), "evaluate.video_eval_mode: is \"middle\"; allowed are center, conv, all");
  }
}

}  // namespace
}  // namespace gerund::score
