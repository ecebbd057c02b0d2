#include "infer/step_network.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "graph/attributes.h"
#include "graph/expect_text.h"
#include "graph/random_graph.h"
#include "infer/variants.h"
#include "tensor/compare.h"

namespace gerund::infer {
namespace {

using tensor::Shape;
using tensor::Tensor;

/// Logits are the sum of all frames [1, 1, 1, 2] since the reset.
graph::Model adder() {
  const Shape shape{-1, 1, 1, 1, 2};
  graph::Model model;
  model.inputs = {{"frames", shape}, {"state_sum", shape}};
  model.outputs = {{"logits", {-1, 2}}, {"next_state_sum", shape}};
  model.nodes = {{"Add", "", {"frames", "state_sum"}, {"next_state_sum"}, {}},
                 {"Flatten", "", {"next_state_sum"}, {"logits"}, {}}};
  return model;
}

Tensor frame(float a, float b) {
  return Tensor({1, 1, 1, 2}, std::vector<float>{a, b});
}

TEST(StepNetwork, CarriesWhatItKeepsUntilAReset) {
  const StepNetwork network(adder(), {});
  EXPECT_EQ(network.chunk_shape(), (Shape{1, 1, 1, 2}));
  EXPECT_EQ(network.step_frames(), 1);
  StreamState stream;
  network.push(stream, frame(1, 2));
  EXPECT_EQ(list_of(network.push(stream, frame(10, 20)).floats()), (std::vector<float>{11, 22}));
  const StreamState copy = stream;
  EXPECT_EQ(list_of(network.push(stream, frame(100, 200)).floats()), (std::vector<float>{111, 222}));
  stream = copy;
  EXPECT_EQ(list_of(network.push(stream, frame(0, 0)).floats()), (std::vector<float>{11, 22}));
  stream.reset();
  EXPECT_EQ(list_of(network.push(stream, frame(5, 6)).floats()), (std::vector<float>{5, 6}));
}

TEST(StepNetwork, MovesSeveralStreamsOnInOneRun) {
  const StepNetwork network(adder(), {});
  StreamState old;
  network.push(old, frame(1, 2));
  StreamState fresh;
  const std::vector<StreamState*> streams{&fresh, &old};
  const std::vector<Tensor> chunks{frame(10, 20), frame(30, 40)};
  const Tensor logits = network.push(streams, chunks);
  EXPECT_EQ(logits.shape(), (Shape{2, 1, 2}));
  EXPECT_EQ(list_of(logits.floats()), (std::vector<float>{10, 20, 31, 42}));
  EXPECT_EQ(list_of(network.push(fresh, frame(0, 0)).floats()), (std::vector<float>{10, 20}));
  EXPECT_EQ(list_of(network.push(old, frame(0, 0)).floats()), (std::vector<float>{31, 42}));
}

TEST(StepNetwork, AChunkThatDoesNotFitLeavesTheStreamAsItWas) {
  const StepNetwork network(adder(), {});
  StreamState stream;
  network.push(stream, frame(1, 2));
  EXPECT_THROW(network.push(stream, Tensor({1, 2, 1, 2})), base::UserError);
  EXPECT_EQ(list_of(network.push(stream, frame(0, 0)).floats()), (std::vector<float>{1, 2}));
}

TEST(StepNetwork, ARunThatIsStoppedLeavesTheStreamAsItWas) {
  const StepNetwork network(adder(), {});
  StreamState stream;
  network.push(stream, frame(1, 2));
  base::request_interrupt();
  EXPECT_THROW(network.push(stream, frame(10, 20)), base::Interrupted);
  base::request_interrupt(false);
  EXPECT_EQ(list_of(network.push(stream, frame(0, 0)).floats()), (std::vector<float>{1, 2}));
}

std::string refusal(const graph::Model& model) {
  try {
    const StepNetwork network(model, {});
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

/// Frames go through a convolution that looks back at a state, and through readers of every kind.
graph::Model looks_back(int64_t channels, int64_t side) {
  graph::RandomGraph random(5);
  const Shape state{-1, channels, 2, side, side};
  graph::Model model;
  model.opset = 13;
  model.inputs = {{"frames", {-1, 3, 2, side, side}}, {"state_last", state}, {"state_middle", state}};
  model.outputs = {{"logits", {-1, 8}}, {"next_state_last", state}, {"next_state_middle", state}};
  const auto weights = [&](const char* name, const Shape& shape) {
    model.initializers[name] = random.values(shape);
    for (float& x : model.initializers[name].floats()) x *= 0.1F;
  };
  weights("w_first", {channels, 3, 1, 3, 3});
  weights("w_seen", {channels, channels, 3, 3, 3});
  weights("w_all", {8, channels, 7, 1, 1});
  const auto list = [&](const char* name, int64_t value) {
    model.initializers[name] = Tensor({1}, tensor::DType::i64);
    model.initializers[name].ints()[0] = value;
  };
  list("one", 1);
  list("two", 2);
  list("three", 3);
  list("four", 4);
  const graph::Ints pads{0, 1, 1, 0, 1, 1};
  model.nodes = {{"Conv", "first", {"frames", "w_first"}, {"new"}, {{"pads", pads}}},
                 {"Concat", "seen", {"state_last", "new"}, {"seen"}, {{"axis", int64_t{2}}}},
                 {"Conv", "back", {"seen", "w_seen"}, {"back"}, {{"pads", pads}}},
                 {"Slice", "new ones", {"seen", "two", "four", "two"}, {"next_state_last"}, {}},
                 {"Slice", "across", {"seen", "one", "three", "two"}, {"next_state_middle"}, {}},
                 {"Slice", "newest", {"seen", "three", "four", "two"}, {"newest"}, {}},
                 {"Concat", "four", {"back", "state_middle"}, {"four_frames"}, {{"axis", int64_t{2}}}},
                 {"Concat", "six", {"four_frames", "next_state_middle"}, {"six_frames"}, {{"axis", int64_t{2}}}},
                 {"Concat", "seven", {"six_frames", "newest"}, {"seven_frames"}, {{"axis", int64_t{2}}}},
                 {"Identity", "same", {"seven_frames"}, {"same"}, {}},
                 {"Relu", "whole", {"same"}, {"whole"}, {}},
                 {"Conv", "all", {"whole", "w_all"}, {"all"}, {}},
                 {"GlobalAveragePool", "mean", {"all"}, {"mean"}, {}},
                 {"Flatten", "", {"mean"}, {"logits"}, {}}};
  return model;
}

class EveryStepNetwork : public testing::TestWithParam<Variant> {};
INSTANTIATE_TEST_SUITE_P(All, EveryStepNetwork, testing::ValuesIn(variants()), variant_name);

/// States lie as each engine likes; what comes of them is the same.
TEST_P(EveryStepNetwork, AnswersAsTheReferenceDoesStepForStep) {
  EngineOptions exact;
  exact.engine = "reference";
  for (const auto& [channels, side] : {std::pair{32, 9}, std::pair{32, 5}, std::pair{20, 7}}) {
    const StepNetwork reference(looks_back(channels, side), exact);
    const StepNetwork network(looks_back(channels, side), GetParam().options());
    graph::RandomGraph random(6);
    StreamState expected_a, expected_b, a, b;
    for (int step = 0; step < 5; ++step) {
      SCOPED_TRACE(testing::Message() << channels << " channels, step " << step);
      const std::vector<Tensor> chunks{random.values(network.chunk_shape()), random.values(network.chunk_shape())};
      if (step == 3) {
        b.reset();
        expected_b.reset();
      }
      const std::vector<StreamState*> streams{&a, &b}, expected_streams{&expected_a, &expected_b};
      const Tensor expected = reference.push(expected_streams, chunks);
      EXPECT_LE(tensor::compare(network.push(streams, chunks), expected).relative_l2, GetParam().tolerance);
      const Tensor of_one = random.values(network.chunk_shape());
      EXPECT_LE(tensor::compare(network.push(a, of_one), reference.push(expected_a, of_one)).relative_l2,
                GetParam().tolerance);
    }
  }
}

/// Two frames of two numbers are two answers, to each of which a state adds one that grows with every chunk.
graph::Model answers_twice() {
  graph::Model model;
  model.inputs = {{"frames", {-1, 1, 2, 1, 2}}, {"state_chunks", {-1, 1, 1}}};
  model.outputs = {{"logits", {-1, 2, 2}}, {"next_state_chunks", {-1, 1, 1}}};
  model.initializers["shape"] = Tensor({3}, tensor::DType::i64);
  std::ranges::copy(std::vector<int64_t>{-1, 2, 2}, model.initializers["shape"].ints().begin());
  model.initializers["one"] = Tensor({}, std::vector<float>{1});
  model.nodes = {{"Reshape", "", {"frames", "shape"}, {"rows"}, {}},
                 {"Add", "", {"rows", "state_chunks"}, {"logits"}, {}},
                 {"Add", "", {"state_chunks", "one"}, {"next_state_chunks"}, {}}};
  return model;
}

TEST(StepNetwork, GivesEveryAnswerOfAChunkAndClipsTheLast) {
  const auto network = std::make_shared<StepNetwork>(answers_twice(), EngineOptions{});
  EXPECT_EQ(network->num_answers(), 2);
  StreamState a, b;
  const auto chunk = [](float first) {
    return Tensor({1, 2, 1, 2}, std::vector<float>{first, first + 1, first + 2, first + 3});
  };
  const Tensor alone = network->push(a, chunk(10));
  EXPECT_EQ(alone.shape(), (Shape{2, 2}));
  EXPECT_EQ(list_of(alone.floats()), (std::vector<float>{10, 11, 12, 13}));
  const std::vector<StreamState*> streams{&a, &b};
  const std::vector<Tensor> chunks{chunk(20), chunk(30)};
  const Tensor both = network->push(streams, chunks);
  EXPECT_EQ(list_of(both.floats()), (std::vector<float>{21, 22, 23, 24, 30, 31, 32, 33}));
  EXPECT_EQ(list_of(last_answers(both).floats()), (std::vector<float>{23, 24, 32, 33}));
  const Tensor clips({2, 1, 4, 1, 2}, std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17});
  EXPECT_EQ(list_of(make_stepwise_engine(network)->run(clips).floats()), (std::vector<float>{7, 8, 17, 18}));
}

// A file may declare one thing and do another.
TEST(StepNetwork, RefusesOtherAnswersThanDeclared) {
  graph::Model model = answers_twice();
  model.outputs[0].shape = {-1, 4};
  const StepNetwork network(model, {});
  StreamState stream;
  EXPECT_THROW(network.push(stream, Tensor({1, 2, 1, 2})), base::UserError);
  EXPECT_TRUE(stream.values.empty());
}

TEST(StepNetwork, RefusesAStateOfAnotherShapeThanDeclared) {
  graph::Model model = adder();
  model.nodes = {{"Concat", "", {"frames", "state_sum"}, {"next_state_sum"}, {{"axis", int64_t{4}}}},
                 {"Flatten", "", {"frames"}, {"logits"}, {}}};
  const StepNetwork network(model, {});
  StreamState stream;
  EXPECT_THROW(network.push(stream, frame(1, 2)), base::UserError);
  EXPECT_TRUE(stream.values.empty());
}

TEST(StepNetwork, RefusesGraphsThatAreNone) {
  graph::Model model = adder();
  EXPECT_EQ(refusal(model), "");
  model.inputs.pop_back();
  EXPECT_TRUE(holds(refusal(model), {"no step graph", "--step"}));
  model = adder();
  model.outputs[1].name = "other";
  EXPECT_TRUE(holds(refusal(model), {"'state_sum'", "next_state_X"}));
  model = adder();
  model.outputs[1].shape.back() = 3;
  EXPECT_TRUE(holds(refusal(model), {"'state_sum'"}));
  model = adder();
  model.inputs[1].shape[0] = 1;
  EXPECT_TRUE(holds(refusal(model), {"'state_sum'"}));
  model = adder();
  model.inputs[0].shape = {-1, 2};
  EXPECT_TRUE(holds(refusal(model), {"no step graph"}));
  model = adder();
  model.outputs[0].shape = {-1, 2, 2};  // Two answers to one frame.
  EXPECT_TRUE(holds(refusal(model), {"first output", "[-1, 2, 2]", "divide"}));
}

}  // namespace
}  // namespace gerund::infer
