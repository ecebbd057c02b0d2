// Causal networks: against PyTorch (tools/make_nets_golden.py), and step by step against the whole sequence.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/error.h"
#include "base/random.h"
#include "golden_values.h"
#include "graph/metadata.h"
#include "graph/transform.h"
#include "infer/engine.h"
#include "infer/step_network.h"
#include "nets/lower.h"
#include "nets/network.h"
#include "nets/step_cost.h"
#include "nets/torch_engine.h"

namespace gerund::nets {
namespace {

using tensor::Shape;
using tensor::Tensor;

Architecture causal(int64_t num_frames, int64_t width, int64_t num_classes) {
  Architecture architecture;
  architecture.causal = true;
  architecture.num_frames = num_frames;
  architecture.width = width;
  architecture.num_classes = num_classes;
  return architecture;
}

void expect_near(std::span<const float> actual, std::span<const float> expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], 1e-4 * std::max(1.0F, std::abs(expected[i]))) << i;
}

TEST(CausalNetwork, LogitsEqualThoseOfPyTorchWhateverTheLength) {
  set_num_threads(2);
  for (const auto& row : golden("causal")) {
    SCOPED_TRACE(row.dump().substr(0, 80));
    Architecture architecture = causal(row.at("num_frames"), row.at("width"), row.at("num_classes"));
    architecture.backbone = row.at("backbone");
    const auto weights = golden_weights(architecture);
    const int64_t size = row.at("size");
    const Tensor input = formula("input", {2, 3, row.at("sequence"), size, size}, -2, 2);
    const auto expected = row.at("logits").get<std::vector<float>>();
    expect_near(make_torch_engine(architecture, weights)->run(input).floats(), expected);
    const graph::Model model =
        graph::fold_batch_norm(lower_sequence(architecture, weights, size, size, row.at("sequence")));
    expect_near(infer::make_engine(model, {"reference", 2})->run(input).floats(), expected);
    if (row.at("sequence") != row.at("num_frames")) continue;
    const graph::Model clip = graph::fold_batch_norm(lower(architecture, weights, size, size));
    expect_near(infer::make_engine(clip, {"reference", 2})->run(input).floats(), expected);
  }
}

TEST(CausalNetwork, HasTheParametersOfTheCenteredOne) {
  Architecture architecture = causal(16, 8, 3);
  const auto weights = golden_weights(architecture);
  architecture.causal = false;
  const auto others = golden_weights(architecture);
  ASSERT_EQ(weights.size(), others.size());
  for (const auto& [name, value] : others) EXPECT_EQ(weights.at(name).shape(), value.shape()) << name;
}

/// `network` in training, but for batch norm, which would take the statistics of each part of the input.
void train_with_running_statistics(Network& network) {
  network.train();
  for (const auto& module : network.modules(false))
    if (module->name().find("BatchNorm") != std::string::npos) module->eval();
}

TEST(CausalNetwork, InTrainingSeesTheHistoryAsAStreamDoesAndLearnsFromTheClipAlone) {
  torch::manual_seed(5);
  Architecture architecture = causal(8, 4, 3);
  architecture.dropout_ratio = 0;
  const std::shared_ptr<Network> network = make_network(architecture);
  for (const int64_t history : {4, 8, 20}) {
    SCOPED_TRACE(history);
    const torch::Tensor input = torch::randn({2, 3, history + 8, 20, 20});
    network->eval();
    const torch::Tensor expected = network->forward(std::array{input});
    train_with_running_statistics(*network);
    const torch::Tensor given = input.clone().requires_grad_();
    const torch::Tensor logits = network->forward(std::array{given});
    EXPECT_TRUE(torch::allclose(logits, expected, 1e-4, 1e-5));
    EXPECT_FALSE(torch::allclose(logits, network->forward(std::array{input.slice(2, history)}), 1e-3, 1e-3));
    logits.sum().backward();
    EXPECT_EQ(given.grad().slice(2, 0, history).abs().sum().item<float>(), 0);
    EXPECT_GT(given.grad().slice(2, history).abs().sum().item<float>(), 0);
  }
}

TEST(CausalNetwork, OneFrameBeyondTheLastChunkChangesNothing) {
  const Architecture architecture = causal(8, 4, 3);
  const auto engine = make_torch_engine(architecture, golden_weights(architecture));
  const Tensor longer = formula("longer", {1, 3, 11, 20, 20}, -2, 2);
  Tensor whole({1, 3, 8, 20, 20});
  for (size_t c = 0; c < 3; ++c)
    std::ranges::copy(longer.floats().subspan(c * 11 * 400, 8 * 400UL), whole.floats().begin() + c * 8 * 400);
  EXPECT_TRUE(std::ranges::equal(engine->run(longer).floats(), engine->run(whole).floats()));
}

/// A causal network of T = 8 as steps and, by LibTorch, as a whole.
class Steps : public testing::Test {
 protected:
  static constexpr int64_t kSize = 20;
  const Architecture architecture_ = causal(8, 4, 3);
  const std::map<std::string, Tensor> weights_ = golden_weights(architecture_);
  const std::unique_ptr<infer::Engine> whole_ = make_torch_engine(architecture_, weights_);

  infer::StepNetwork steps_of(int64_t step_frames) const {
    return {graph::fold_batch_norm(lower_step(architecture_, weights_, kSize, kSize, step_frames)), {"reference", 1}};
  }
};

/// A stream of random frames [3, H, W] since the last reset.
struct Stream {
  std::vector<Tensor> frames;
  infer::StreamState state;

  /// Appends `count` frames and returns them as a chunk [3, count, H, W].
  Tensor grow(int64_t count, int64_t size, base::Random& random) {
    for (int64_t i = 0; i < count; ++i) {
      frames.emplace_back(Shape{3, size, size});
      for (float& x : frames.back().floats()) x = static_cast<float>(random.uniform(-2, 2));
    }
    return last(count);
  }
  /// The last `count` frames, [3, count, H, W].
  Tensor last(int64_t count) const {
    const auto plane = static_cast<size_t>(frames[0].size() / 3);
    Tensor clip({3, count, frames[0].dim(1), frames[0].dim(2)});
    for (size_t c = 0; c < 3; ++c) {
      for (size_t t = 0; t < static_cast<size_t>(count); ++t) {
        const Tensor& frame = frames[frames.size() - static_cast<size_t>(count) + t];
        std::ranges::copy(frame.floats().subspan(c * plane, plane),
                          clip.floats().begin() + (c * static_cast<size_t>(count) + t) * plane);
      }
    }
    return clip;
  }
  /// All frames but the last `count`, [1, 3, number of frames, H, W].
  Tensor all_but(int64_t count) const {
    Stream before{{frames.begin(), frames.end() - count}, {}};
    const Tensor clip = before.last(static_cast<int64_t>(before.frames.size()));
    return clip.reshaped({1, clip.dim(0), clip.dim(1), clip.dim(2), clip.dim(3)});
  }
  Tensor all() const { return all_but(0); }
};

TEST_F(Steps, GiveTheLogitsOfTheSequenceSoFarForEveryChunkSizeAndLength) {
  base::Random random(1);
  for (const int64_t step_frames : {4, 8, 12, 20}) {
    const infer::StepNetwork network = steps_of(step_frames);
    Stream stream;
    for (int64_t chunk = 0; chunk < 3 + random.below(6); ++chunk) {
      SCOPED_TRACE(fmt::format("chunk {} of {} frames", chunk, step_frames));
      const Tensor logits = network.push(stream.state, stream.grow(step_frames, kSize, random));
      const int64_t num_answers = step_frames / 4;
      ASSERT_EQ(logits.shape(), (Shape{num_answers, 3}));
      for (int64_t k = 0; k < num_answers; ++k)
        expect_near(logits.floats().subspan(static_cast<size_t>(k) * 3, 3),
                    whole_->run(stream.all_but(4 * (num_answers - 1 - k))).floats());
    }
  }
}

TEST_F(Steps, OfBottlenecksGiveTheLogitsOfTheSequenceToo) {
  Architecture architecture = architecture_;
  architecture.backbone = "resnet_50";
  const auto weights = golden_weights(architecture);
  const auto whole = make_torch_engine(architecture, weights);
  const graph::Model model = graph::fold_batch_norm(lower_step(architecture, weights, kSize, kSize, 4));
  EXPECT_EQ(model.inputs.size(), 20U);  // As NameWhatTheyCarry: the 16 convolutions over time are one per block.
  const infer::StepNetwork network(model, {"reference", 1});
  base::Random random(4);
  Stream stream;
  for (int chunk = 0; chunk < 4; ++chunk) {
    const Tensor logits = network.push(stream.state, stream.grow(4, kSize, random));
    expect_near(logits.floats(), whole->run(stream.all()).floats());
  }
}

TEST_F(Steps, OfInterleavedStreamsWithResetsEqualThoseOfEachAlone) {
  base::Random random(2);
  for (const int64_t step_frames : {4, 8}) {
    const infer::StepNetwork network = steps_of(step_frames);
    std::vector<Stream> streams(4);
    for (int round = 0; round < 24; ++round) {
      SCOPED_TRACE(fmt::format("round {} of {} frames", round, step_frames));
      std::vector<Stream*> chosen;
      for (Stream& stream : streams) {
        if (random.chance(0.15)) {
          stream.state.reset();
          stream.frames.clear();
        }
        if (random.chance(0.6)) chosen.push_back(&stream);
      }
      if (chosen.empty()) continue;
      std::vector<infer::StreamState*> states;
      std::vector<Tensor> chunks;
      for (Stream* stream : chosen) {
        states.push_back(&stream->state);
        chunks.push_back(stream->grow(step_frames, kSize, random));
      }
      const Tensor logits = network.push(states, chunks);
      ASSERT_EQ(logits.shape(), (Shape{static_cast<int64_t>(chosen.size()), step_frames / 4, 3}));
      const Tensor newest = infer::last_answers(logits);
      for (size_t i = 0; i < chosen.size(); ++i)
        expect_near(newest.floats().subspan(i * 3, 3), whole_->run(chosen[i]->all()).floats());
    }
  }
}

TEST_F(Steps, ClassifyClipsAsTheClipGraphDoes) {
  const Tensor clips = formula("clips", {3, 3, 8, kSize, kSize}, -2, 2);
  for (const int64_t step_frames : {4, 8}) {
    const auto engine = infer::make_stepwise_engine(std::make_shared<infer::StepNetwork>(steps_of(step_frames)));
    expect_near(engine->run(clips).floats(), whole_->run(clips).floats());
  }
  const auto engine = infer::make_stepwise_engine(std::make_shared<infer::StepNetwork>(steps_of(4)));
  EXPECT_THROW(engine->run(Tensor({1, 3, 6, kSize, kSize})), base::UserError);
}

TEST_F(Steps, ANetworkOfOnePositionKeepsNoFeatures) {
  const Architecture short_clip = causal(4, 4, 3);
  const graph::Model model = lower_step(short_clip, weights_, kSize, kSize, 8);
  for (const graph::Value& input : model.inputs) {
    EXPECT_NE(input.name, "state_head");
    EXPECT_NE(input.name, "state_count");
  }
  const infer::StepNetwork network(model, {"reference", 1});
  const auto whole = make_torch_engine(short_clip, weights_);
  base::Random random(3);
  Stream stream;
  for (int chunk = 0; chunk < 3; ++chunk) {
    const Tensor logits = network.push(stream.state, stream.grow(8, kSize, random));
    expect_near(logits.floats().subspan(0, 3), whole->run(stream.all_but(4)).floats());
    expect_near(logits.floats().subspan(3), whole->run(stream.all()).floats());
  }
}

TEST_F(Steps, NameWhatTheyCarry) {
  const graph::Model model = lower_step(architecture_, weights_, 40, 36, 8);
  std::map<std::string, Shape> inputs;
  std::map<std::string, Shape> outputs;
  for (const graph::Value& value : model.inputs) inputs[value.name] = value.shape;
  for (const graph::Value& value : model.outputs) outputs[value.name] = value.shape;
  EXPECT_TRUE(graph::carries_state(model));
  EXPECT_EQ(model.inputs[0].name, "input_rgb");
  EXPECT_EQ(model.outputs[0].name, "fc_pred");
  EXPECT_EQ(inputs.at("input_rgb"), (Shape{-1, 3, 8, 40, 36}));
  EXPECT_EQ(outputs.at("fc_pred"), (Shape{-1, 2, 3}));
  EXPECT_EQ(inputs.at("state_conv1"), (Shape{-1, 3, 1, 40, 36}));
  EXPECT_EQ(inputs.at("state_layer1.0.conv1"), (Shape{-1, 4, 2, 10, 9}));
  EXPECT_EQ(inputs.at("state_layer4.0.conv1"), (Shape{-1, 16, 2, 3, 3}));
  EXPECT_EQ(inputs.at("state_layer4.1.conv2"), (Shape{-1, 32, 2, 2, 2}));
  EXPECT_EQ(inputs.at("state_head"), (Shape{-1, 32, 1}));
  EXPECT_EQ(inputs.at("state_count"), (Shape{-1, 1}));
  EXPECT_EQ(inputs.size(), 20U);  // 16 convolutions, the stem, the two of the head, the frames.
  for (const auto& [name, shape] : inputs) {
    if (name == "input_rgb") continue;
    EXPECT_EQ(outputs.at("next_" + name), shape) << name;
  }
}

TEST_F(Steps, AreRefusedForOtherNetworksAndLengths) {
  EXPECT_THROW(steps_of(6), base::UserError);
  EXPECT_THROW(steps_of(0), base::UserError);
  Architecture centered = architecture_;
  centered.causal = false;
  EXPECT_THROW(lower_step(centered, weights_, kSize, kSize, 4), base::InternalError);
}

// For one position in time the centered network computes T / 4 of each convolution, and two T / 4 of its stem.
TEST_F(Steps, CostAQuarterOfTheClipPerFourPositions) {
  const Architecture architecture = causal(16, 4, 3);
  const StepCost cost = step_cost(architecture, golden_weights(architecture), 40, 36, 4);
  const double stem = 3.0 * 5 * 7 * 7 * 4 * 20 * 18;  // One position.
  const double head = 32 * 3;
  EXPECT_EQ(cost.step_frames, 4);
  EXPECT_EQ(4 * cost.centered_macs_per_frame - 8 * stem - head, 4 * (4 * cost.macs_per_frame - stem - head));
}

}  // namespace
}  // namespace gerund::nets
