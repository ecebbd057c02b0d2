#include "train/step.h"

#include <gtest/gtest.h>

#include <array>

#include "base/error.h"
#include "nets/golden_values.h"
#include "nets/torch_engine.h"
#include "train/golden_file.h"
#include "train/tiny_networks.h"

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

Peers& alone() {
  static Peers peers({}, torch::kCPU);
  return peers;
}

spec::OptimSpec golden_optim() {
  spec::OptimSpec optim;
  optim.lr = 0.05;
  optim.momentum = 0.9;
  optim.weight_decay = 0.01;
  return optim;
}

std::shared_ptr<nets::Network> golden_network() {
  auto network = nets::make_network(narrow());
  nets::set_weights(*network, nets::golden_weights(narrow()));
  return network;
}

// tests/nets/golden/training_steps.json: four steps of PyTorch's SGD with clip_grad_norm_, by
// tools/make_nets_golden.py.
TEST(TrainingStep, FollowsPyTorchStepByStep) {
  nets::set_num_threads(2);
  const nlohmann::json expected = nets::golden("training_steps");
  const auto network = golden_network();
  StepOptions options;
  options.clip_grad_norm = 1;
  TrainingStep step(network, golden_optim(), options, alone());
  for (int64_t i = 0; i < 4; ++i) {
    const tensor::Tensor input = nets::formula("batch" + std::to_string(i), {4, 3, 4, 32, 32}, -2, 2);
    const std::vector<int64_t> classes{i % 3, (i + 1) % 3, (i + 2) % 3, (i + 3) % 3};
    EXPECT_NEAR(step.add({&input, 1}, classes).loss, expected.at("losses").at(static_cast<size_t>(i)).get<double>(),
                2e-3)
        << "step " << i;
    step.update(0.05, i);
  }
  const auto weights = nets::weights_of(*network);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(weights.at("fc_cls.bias").floats()[i], expected.at("head_bias").at(i).get<float>(), 1e-3);
  for (size_t i = 0; i < 8; ++i)
    EXPECT_NEAR(weights.at("bn1.running_mean").floats()[i], expected.at("running_mean").at(i).get<float>(), 1e-4);
}

// tests/train/golden/losses.json: a batch whose logits are the input.
TEST(TrainingStep, LossAndGradientAreThoseOfPyTorch) {
  const std::vector<int64_t> classes{2, 0, 1, 1};
  const tensor::Tensor logits = nets::formula("logits", {4, 3}, -2, 2);
  for (const auto& row : golden_file("losses")) {
    const auto network = std::make_shared<Scaled>(std::vector<float>{1, 1, 1});
    StepOptions options;
    options.label_smoothing = row.at("smoothing");
    options.class_weights = row.at("weights").get<std::vector<double>>();
    spec::OptimSpec plain;
    plain.momentum = 0;
    plain.weight_decay = 0;
    TrainingStep step(network, plain, options, alone());
    EXPECT_NEAR(step.add({&logits, 1}, classes).loss, row.at("loss").get<double>(), 1e-6) << row.dump();
    step.update(1, 0);
    // With logits = input * factor, a factor's gradient is the sum over clips of input * the logit's gradient.
    for (size_t c = 0; c < 3; ++c) {
      double gradient = 0;
      for (size_t n = 0; n < 4; ++n)
        gradient += logits.floats()[n * 3 + c] * row.at("gradient").at(n * 3 + c).get<double>();
      EXPECT_NEAR(network->factors()[static_cast<int64_t>(c)].item<double>(), 1 - gradient, 1e-5) << row.dump();
    }
  }
}

TEST(TrainingStep, SeveralBatchesOfAnUpdateAreOneLargeBatch) {
  const tensor::Tensor whole = nets::formula("logits", {4, 3}, -2, 2);
  const auto rows = [&](size_t first, size_t count) {
    return tensor::Tensor({static_cast<int64_t>(count), 3}, whole.floats().subspan(first * 3, count * 3));
  };
  const auto factors_after = [&](bool splits) {
    const auto network = std::make_shared<Scaled>(std::vector<float>{1, 0.5F, 2});
    StepOptions options;
    options.class_weights = {1, 2, 3};
    options.clip_grad_norm = 0.01;
    options.accumulate_batches = 2;
    TrainingStep step(network, golden_optim(), options, alone());
    for (int64_t update = 0; update < 2; ++update) {
      if (splits) {
        step.add(std::array{rows(0, 1)}, std::vector<int64_t>{2});
        step.add(std::array{rows(1, 3)}, std::vector<int64_t>{0, 1, 1});
      } else {
        step.add({&whole, 1}, std::vector<int64_t>{2, 0, 1, 1});
      }
      step.update(0.5, update);
    }
    return network->factors().detach().clone();
  };
  EXPECT_TRUE(torch::allclose(factors_after(true), factors_after(false), 1e-6, 1e-7));
}

TEST(TrainingStep, MixesPairsOfClips) {
  // Two clips of two classes. A large alpha mixes halves: both clips become the mean, and each class half of the
  // target.
  const tensor::Tensor input({2, 2}, std::vector<float>{3, -1, -2, 4});
  const double mixed = std::log(std::exp(0.5) + std::exp(1.5)) - (0.5 + 1.5) / 2;
  const double plain = (std::log1p(std::exp(-4)) + std::log1p(std::exp(-6))) / 2;
  bool was_mixed = false;
  bool was_plain = false;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    torch::manual_seed(seed);
    StepOptions options;
    options.mixup_alpha = 1e8;
    TrainingStep step(std::make_shared<Scaled>(std::vector<float>{1, 1}), golden_optim(), options, alone());
    const double loss = step.add({&input, 1}, std::vector<int64_t>{0, 1}).loss;
    was_mixed = was_mixed || std::abs(loss - mixed) < 1e-3;
    was_plain = was_plain || std::abs(loss - plain) < 1e-3;  // The shuffled batch was the batch itself.
    EXPECT_TRUE(std::abs(loss - mixed) < 1e-3 || std::abs(loss - plain) < 1e-3) << loss;
  }
  EXPECT_TRUE(was_mixed && was_plain);
}

TEST(TrainingStep, FrozenPartsStayAsTheyAre) {
  const auto network = golden_network();
  const auto before = nets::weights_of(*network);
  StepOptions options;
  options.freeze = {"conv1", "bn1", "layer1.0"};
  TrainingStep step(network, golden_optim(), options, alone());
  step.add(std::array{nets::formula("x", {2, 3, 4, 32, 32}, -2, 2)}, std::vector<int64_t>{0, 1});
  step.update(0.1, 0);
  for (const auto& [name, value] : nets::weights_of(*network)) {
    const bool is_frozen = name.starts_with("conv1.") || name.starts_with("bn1.") || name.starts_with("layer1.0.");
    EXPECT_EQ(std::ranges::equal(value.raw(), before.at(name).raw()), is_frozen) << name;
  }
  options.freeze = {"conv"};
  EXPECT_THROW(TrainingStep(network, golden_optim(), options, alone()), base::UserError);
}

TEST(TrainingStep, CountsCorrectClips) {
  TrainingStep step(std::make_shared<Scaled>(std::vector<float>{0, 5, 0}), golden_optim(), {}, alone());
  const tensor::Tensor input({3, 3}, std::vector<float>(9, 1));
  EXPECT_EQ(step.add({&input, 1}, std::vector<int64_t>{1, 1, 2}).num_correct, 2);
}

}  // namespace
}  // namespace gerund::train
