#include "train/step.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "nets/golden_values.h"
#include "nets/torch_engine.h"

namespace gerund::train {
namespace {

nets::Architecture narrow() {
  nets::Architecture architecture;
  architecture.width = 8;
  architecture.num_frames = 4;
  architecture.num_classes = 3;
  architecture.dropout_ratio = 0;
  return architecture;
}

spec::OptimSpec golden_optim() {
  spec::OptimSpec optim;
  optim.lr = 0.05;
  optim.momentum = 0.9;
  optim.weight_decay = 0.01;
  return optim;
}

// tests/nets/golden/training_steps.json: four steps of PyTorch's SGD with clip_grad_norm_, by
// tools/make_nets_golden.py.
TEST(TrainingStep, FollowsPyTorchStepByStep) {
  nets::set_num_threads(2);
  const nlohmann::json expected = nets::golden("training_steps");
  const auto network = nets::make_network(narrow());
  nets::set_weights(*network, nets::golden_weights(narrow()));
  TrainingStep step(network, golden_optim(), 1.0);
  for (int64_t i = 0; i < 4; ++i) {
    const tensor::Tensor input = nets::formula("batch" + std::to_string(i), {4, 3, 4, 32, 32}, -2, 2);
    const std::vector<int64_t> classes{i % 3, (i + 1) % 3, (i + 2) % 3, (i + 3) % 3};
    EXPECT_NEAR(step.run(input, classes, 0.05).loss, expected.at("losses").at(static_cast<size_t>(i)).get<double>(),
                2e-3)
        << "step " << i;
  }
  const auto weights = nets::weights_of(*network);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(weights.at("fc_cls.bias").floats()[i], expected.at("head_bias").at(i).get<float>(), 1e-3);
  for (size_t i = 0; i < 8; ++i)
    EXPECT_NEAR(weights.at("bn1.running_mean").floats()[i], expected.at("running_mean").at(i).get<float>(), 1e-4);
}

TEST(TrainingStep, MomentumMovesBetweenSteppersUnchanged) {
  const std::vector<int64_t> classes{0, 1};
  const tensor::Tensor input = nets::formula("x", {2, 3, 4, 32, 32}, -2, 2);
  const auto run_two = [&](bool change_stepper) {
    auto network = nets::make_network(narrow());
    nets::set_weights(*network, nets::golden_weights(narrow()));
    TrainingStep first(network, golden_optim(), 0);
    first.run(input, classes, 0.05);
    if (!change_stepper) {
      first.run(input, classes, 0.05);
    } else {
      TrainingStep second(network, golden_optim(), 0);
      second.set_momentum(first.momentum());
      second.run(input, classes, 0.05);
    }
    return nets::weights_of(*network);
  };
  const auto same = run_two(false);
  const auto moved = run_two(true);
  for (const auto& [name, value] : same) EXPECT_TRUE(std::ranges::equal(value.raw(), moved.at(name).raw())) << name;
}

TEST(TrainingStep, CountsCorrectClips) {
  auto network = nets::make_network(narrow());
  auto weights = nets::golden_weights(narrow());
  weights["fc_cls.weight"] = tensor::Tensor({3, 64});
  weights["fc_cls.bias"] = tensor::Tensor({3}, std::vector<float>{0, 5, 0});
  nets::set_weights(*network, weights);
  TrainingStep step(network, golden_optim(), 0);
  const auto result = step.run(nets::formula("x", {3, 3, 4, 32, 32}, -2, 2), std::vector<int64_t>{1, 1, 2}, 0.01);
  EXPECT_EQ(result.num_correct, 2);
}

TEST(TrainingStep, MomentumOfAnotherNetworkIsAUserError) {
  TrainingStep step(nets::make_network(narrow()), golden_optim(), 0);
  EXPECT_THROW(step.set_momentum({}), base::UserError);
}

}  // namespace
}  // namespace gerund::train
