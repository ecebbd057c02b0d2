#include "serve/classifier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "graph/expect_text.h"
#include "serve/small_clips.h"
#include "serve/small_models.h"

namespace gerund::serve {
namespace {

/// Gives the same logits for every clip.
class Constant : public infer::Engine {
 public:
  explicit Constant(std::vector<float> logits) : logits_(std::move(logits)) {}
  std::vector<tensor::Tensor> run_all(std::span<const tensor::Tensor> inputs) const override {
    const int64_t count = inputs[0].dim(0);
    tensor::Tensor result({count, static_cast<int64_t>(logits_.size())});
    for (size_t i = 0; i < result.floats().size(); ++i) result.floats()[i] = logits_[i % logits_.size()];
    return {result};
  }

 private:
  std::vector<float> logits_;
};

Classifier constant_classifier(std::vector<float> logits, Activation activation, bool gives_probabilities = false) {
  LoadedModel model = weighing_model(1);
  model.engine = std::make_unique<Constant>(std::move(logits));
  model.gives_probabilities = gives_probabilities;
  return {std::move(model), activation};
}

Scores classify_one(const Classifier& classifier, const Clip& clip, infer::StreamState* state = nullptr) {
  const Classifier::Job job{&clip, state};
  return classifier.classify({&job, 1}).at(0);
}

const Clip kAnyClip = clip_of({pixel(0, 0, 0)});

TEST(Classifier, TheActivationMakesScoresOfLogits) {
  const std::vector<float> logits{1, -1};
  const Scores softmax = classify_one(constant_classifier(logits, Activation::softmax), kAnyClip);
  EXPECT_EQ(softmax.logits, logits);
  EXPECT_NEAR(softmax.values[0], 1 / (1 + std::exp(-2.0)), 1e-12);
  EXPECT_NEAR(softmax.values[1], 1 / (1 + std::exp(2.0)), 1e-12);
  const Scores sigmoid = classify_one(constant_classifier(logits, Activation::sigmoid), kAnyClip);
  EXPECT_NEAR(sigmoid.values[0], 1 / (1 + std::exp(-1.0)), 1e-12);
  EXPECT_NEAR(sigmoid.values[1], 1 / (1 + std::exp(1.0)), 1e-12);
  EXPECT_EQ(classify_one(constant_classifier(logits, Activation::none), kAnyClip).values, (std::vector<double>{1, -1}));
}

TEST(Classifier, ByItselfItLeavesProbabilitiesAsTheyAre) {
  EXPECT_EQ(classify_one(constant_classifier({0.25F, 0.75F}, Activation::automatic, true), kAnyClip).values,
            (std::vector<double>{0.25, 0.75}));
  const Scores scores = classify_one(constant_classifier({0.25F, 0.75F}, Activation::automatic, false), kAnyClip);
  EXPECT_NEAR(scores.values[0], 1 / (1 + std::exp(0.5)), 1e-12);
}

TEST(Classifier, LargeLogitsGiveScoresWithinZeroAndOne) {
  for (const Activation activation : {Activation::softmax, Activation::sigmoid}) {
    const Scores scores = classify_one(constant_classifier({1e30F, -1e30F}, activation), kAnyClip);
    EXPECT_EQ(scores.values, (std::vector<double>{1, 0}));
  }
}

TEST(Classifier, ActivationsHaveNames) {
  EXPECT_EQ(activation_from_name("auto"), Activation::automatic);
  EXPECT_EQ(activation_from_name("softmax"), Activation::softmax);
  EXPECT_EQ(activation_from_name("sigmoid"), Activation::sigmoid);
  EXPECT_EQ(activation_from_name("none"), Activation::none);
  try {
    activation_from_name("relu");
    ADD_FAILURE();
  } catch (const base::UserError& error) {
    EXPECT_TRUE(holds(error.what(), {"engine.activation", "relu", "softmax", "sigmoid"}));
  }
}

TEST(Classifier, AClipIsLaidOutChannelByChannelAndThenByTime) {
  const Classifier classifier(weighing_model(2), Activation::none);
  // Weights of [c][t]: 1 2, 4 8, 16 32.
  const Clip clip = clip_of({pixel(1, 2, 3), pixel(4, 5, 6)});
  EXPECT_EQ(classify_one(classifier, clip).logits[0], 1 * 1 + 2 * 4 + 4 * 2 + 8 * 5 + 16 * 3 + 32 * 6);
}

TEST(Classifier, AStackedNetworkTakesTheSameOrder) {
  graph::Model graph = weighing_graph(2);
  graph.inputs[0].shape = {-1, 6, 1, 1};
  LoadedModel model = weighing_model(2);
  model.recipes[0].input_type = clip::InputType::stacked_2d;
  model.engine = infer::make_engine(graph, reference_engine());
  const Classifier classifier(std::move(model), Activation::none);
  const Clip clip = clip_of({pixel(1, 2, 3), pixel(4, 5, 6)});
  EXPECT_EQ(classify_one(classifier, clip).logits[0], 1 * 1 + 2 * 4 + 4 * 2 + 8 * 5 + 16 * 3 + 32 * 6);
}

TEST(Classifier, SeveralClipsInARunHaveTheirOwnAnswers) {
  const Classifier classifier(weighing_model(1), Activation::none);
  std::vector<Clip> clips;
  for (int i = 0; i < 5; ++i) clips.push_back(clip_of({pixel(static_cast<float>(i), 0, 0)}));
  std::vector<Classifier::Job> jobs;
  for (const Clip& clip : clips) jobs.push_back({&clip, nullptr});
  const auto scores = classifier.classify(jobs);
  ASSERT_EQ(scores.size(), 5U);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(scores[i].logits, (std::vector<float>{static_cast<float>(i), 1}));
  EXPECT_TRUE(classifier.classify({}).empty());
}

// Logits (mean of all numbers of the clip, its length): of a network whose number of frames is free.
class AnyLength : public infer::Engine {
 public:
  std::vector<tensor::Tensor> run_all(std::span<const tensor::Tensor> inputs) const override {
    const auto size = static_cast<int64_t>(inputs[0].floats().size()) / inputs[0].dim(0);
    tensor::Tensor logits({inputs[0].dim(0), 2});
    for (int64_t n = 0; n < inputs[0].dim(0); ++n) {
      double sum = 0;
      for (int64_t i = 0; i < size; ++i) sum += inputs[0].floats()[static_cast<size_t>(n * size + i)];
      logits.floats()[static_cast<size_t>(2 * n)] = static_cast<float>(sum / static_cast<double>(size));
      logits.floats()[static_cast<size_t>(2 * n + 1)] = static_cast<float>(inputs[0].dim(2));
    }
    return {logits};
  }
};

TEST(Classifier, ClipsOfSeveralLengthsKeepTheirOrder) {
  LoadedModel model = weighing_model(2);
  model.engine = std::make_unique<AnyLength>();
  const Classifier classifier(std::move(model), Activation::none);
  const Planes one = pixel(1, 1, 1);
  const Planes two = pixel(2, 2, 2);
  const std::vector<Clip> clips{clip_of({one, one}), clip_of({two, two}), clip_of({two}), clip_of({one, two})};
  std::vector<Classifier::Job> jobs;
  for (const Clip& clip : clips) jobs.push_back({&clip, nullptr});
  std::vector<std::vector<float>> logits;
  for (const Scores& scores : classifier.classify(jobs)) logits.push_back(scores.logits);
  EXPECT_EQ(logits, (std::vector<std::vector<float>>{{1, 2}, {2, 2}, {2, 1}, {1.5F, 2}}));
}

TEST(Classifier, NumbersThatAreNotFiniteAreAFailureOfTheWindow) {
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    const Scores scores = classify_one(constant_classifier({0, bad}, Activation::automatic), kAnyClip);
    EXPECT_TRUE(holds(scores.failure, {"weighing.onnx", "not finite"}));
    EXPECT_TRUE(scores.values.empty());
  }
}

TEST(Classifier, AnotherNumberOfAnswersThanLabelsIsRefused) {
  try {
    classify_one(constant_classifier({0, 1, 2}, Activation::automatic), kAnyClip);
    ADD_FAILURE();
  } catch (const base::UserError& error) {
    EXPECT_TRUE(holds(error.what(), {"weighing.onnx", "[1, 3]", "2 labels"}));
  }
}

// Networks that go on from step to step.

TEST(Classifier, AStepNetworkGivesTheAnswersOfPushingItsSteps) {
  const Classifier classifier(adding_model(), Activation::none);
  EXPECT_TRUE(classifier.carries_state());
  EXPECT_FALSE(Classifier(weighing_model(1), Activation::none).carries_state());
  const infer::StepNetwork network(adding_steps(), reference_engine());
  infer::StreamState state;
  infer::StreamState expected_state;
  for (int step = 0; step < 6; ++step) {
    const auto value = static_cast<float>(step);
    const Clip clip = clip_of({pixel(value, 2 * value, 1)}, step, step == 0);
    const tensor::Tensor expected =
        network.push(expected_state, tensor::Tensor({3, 1, 1, 1}, std::vector<float>{value, 2 * value, 1}));
    EXPECT_EQ(classify_one(classifier, clip, &state).logits, list_of(expected.floats())) << step;
  }
}

TEST(Classifier, AFirstWindowResetsTheState) {
  const Classifier classifier(adding_model(), Activation::none);
  infer::StreamState state;
  classify_one(classifier, clip_of({pixel(1, 1, 1)}, 0, true), &state);
  EXPECT_EQ(classify_one(classifier, clip_of({pixel(2, 2, 2)}), &state).logits, (std::vector<float>{3, 3, 3}));
  EXPECT_EQ(classify_one(classifier, clip_of({pixel(4, 4, 4)}, 0, true), &state).logits, (std::vector<float>{4, 4, 4}));
}

TEST(Classifier, RegionsOfOneRunKeepTheirStatesApart) {
  const Classifier classifier(adding_model(), Activation::none);
  std::vector<infer::StreamState> states(2);
  const Clip one = clip_of({pixel(1, 1, 1)});
  const Clip ten = clip_of({pixel(10, 10, 10)});
  const std::vector<Classifier::Job> jobs{{&one, states.data()}, {&ten, &states[1]}};
  classifier.classify(jobs);
  const auto scores = classifier.classify(jobs);
  EXPECT_EQ(scores[0].logits, (std::vector<float>{2, 2, 2}));
  EXPECT_EQ(scores[1].logits, (std::vector<float>{20, 20, 20}));
}

TEST(Classifier, AStepNetworkWithoutAStateIsOurOwnMistake) {
  const Classifier classifier(adding_model(), Activation::none);
  EXPECT_THROW(classify_one(classifier, kAnyClip), base::InternalError);
}

}  // namespace
}  // namespace gerund::serve
