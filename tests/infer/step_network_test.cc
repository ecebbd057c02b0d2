#include "infer/step_network.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/expect_text.h"

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
  EXPECT_EQ(logits.shape(), (Shape{2, 2}));
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

std::string refusal(const graph::Model& model) {
  try {
    const StepNetwork network(model, {});
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

// A file may declare one thing and do another.
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
}

}  // namespace
}  // namespace gerund::infer
