// tests/nets/blocked_test.cc - networks that train in blocks of channels beside the same networks in LibTorch's layers.
#include "nets/blocked.h"

#include <gtest/gtest.h>

#include <ostream>

#include "nets/batch_norm.h"
#include "nets/network.h"

namespace gerund::nets {
namespace {

struct Case {
  std::string name;
  std::string backbone = "resnet_18";
  bool volume = true;
  bool causal = false;
  int64_t width = 32;
  int64_t num_frames = 8;
  int64_t side = 40;
  int64_t batch = 3;
  ModelType model_type = ModelType::rgb;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

Architecture architecture_of(const Case& c) {
  Architecture architecture;
  architecture.backbone = c.backbone;
  architecture.model_type = c.model_type;
  architecture.volume = c.volume;
  architecture.causal = c.causal;
  architecture.width = c.width;
  architecture.num_frames = c.num_frames;
  architecture.flow_frames = c.num_frames;
  architecture.dropout_ratio = 0;
  architecture.num_classes = 4;
  return architecture;
}

std::vector<torch::Tensor> inputs_of(const Case& c) {
  std::vector<torch::Tensor> inputs;
  const auto add = [&](int64_t channels) {
    inputs.push_back(c.volume ? torch::randn({c.batch, channels, c.num_frames, c.side, c.side})
                              : torch::randn({c.batch, channels * c.num_frames, c.side, c.side}));
  };
  if (c.model_type != ModelType::of) add(3);
  if (c.model_type != ModelType::rgb) add(2);
  return inputs;
}

/// What one step of training leaves: the logits, the gradients by name, and the statistics of batch norms.
struct Outcome {
  torch::Tensor logits;
  std::map<std::string, torch::Tensor> tensors;
};

Outcome train_once(Network& network, const std::vector<torch::Tensor>& inputs, bool is_blocked_run) {
  network.train();
  Outcome outcome;
  {
    const BlockedLayers blocked(is_blocked_run);
    outcome.logits = network.forward(inputs);
  }
  const torch::Tensor weights = torch::linspace(-1, 1, outcome.logits.numel()).view(outcome.logits.sizes());
  (outcome.logits * weights).sum().backward();
  for (const auto& item : network.named_parameters()) {
    if (item.value().grad().defined()) outcome.tensors.emplace(item.key(), item.value().grad());
  }
  for (const auto& item : network.named_buffers()) outcome.tensors.emplace(item.key(), item.value().clone());
  outcome.logits = outcome.logits.detach();
  return outcome;
}

double relative_error(const torch::Tensor& a, const torch::Tensor& b) {
  const torch::Tensor x = a.to(torch::kFloat64), y = b.to(torch::kFloat64);
  return (x - y).norm().item<double>() / (y.norm().item<double>() + 1e-12);
}

void expect_as_in_rows(const Architecture& architecture, const std::vector<torch::Tensor>& inputs) {
  std::map<bool, Outcome> outcomes;
  for (const bool is_blocked_run : {false, true}) {
    torch::manual_seed(5);
    const auto network = make_network(architecture);
    outcomes[is_blocked_run] = train_once(*network, inputs, is_blocked_run);
  }
  const auto &rows = outcomes[false], &blocked = outcomes[true];
  EXPECT_LT(relative_error(blocked.logits, rows.logits), 1e-5);
  ASSERT_EQ(blocked.tensors.size(), rows.tensors.size());
  // What comes to a ReLU within a rounding error of 0 passes in one layout and not in the other, which shows in all
  // gradients before it. The layers by themselves are held to 2e-5: tests/ops.
  for (const auto& [name, value] : rows.tensors) {
    ASSERT_TRUE(blocked.tensors.contains(name)) << name;
    ASSERT_EQ(blocked.tensors.at(name).sizes(), value.sizes()) << name;
    EXPECT_LT(relative_error(blocked.tensors.at(name), value), 0.1) << name;
  }
}

class BlockedNetworks : public testing::TestWithParam<Case> {};

TEST_P(BlockedNetworks, TrainAsInRows) {
  torch::manual_seed(11);
  expect_as_in_rows(architecture_of(GetParam()), inputs_of(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(All, BlockedNetworks,
                         testing::Values(Case{.name = "Volume"}, Case{.name = "Pictures", .volume = false, .side = 64},
                                         Case{.name = "Causal", .causal = true},
                                         Case{.name = "CausalWithHistory", .causal = true, .num_frames = 12},
                                         Case{.name = "Bottleneck", .backbone = "resnet_50", .width = 16},
                                         Case{.name = "FlowPictures", .volume = false, .model_type = ModelType::of},
                                         Case{.name = "Joint", .width = 16, .model_type = ModelType::joint},
                                         Case{.name = "WidthThatFillsNoBlock", .width = 12},
                                         Case{.name = "WidthThatFillsSomeBlocks", .width = 8},
                                         Case{.name = "Torchvision", .backbone = "r3d_18"},
                                         Case{.name = "TorchvisionMixed", .backbone = "mc3_18"},
                                         Case{.name = "TorchvisionSplit", .backbone = "r2plus1d_18"},
                                         Case{.name = "ManyTiles", .width = 32, .side = 96, .batch = 4},
                                         Case{.name = "OneClip", .side = 64, .batch = 1}),
                         [](const auto& info) { return info.param.name; });

/// Whether the first convolution gives blocks, in this state of things.
bool gives_blocks(const torch::Tensor& x) {
  Conv3d conv(torch::nn::Conv3dOptions(3, 32, 3).padding(1).bias(false));
  return is_blocked(conv->forward(x));
}

TEST(BlockedLayers, AreOnlyWhereTheyAreAskedForAndWhileTheyLive) {
  const torch::Tensor x = torch::randn({2, 3, 4, 8, 8});
  EXPECT_FALSE(gives_blocks(x));
  {
    const BlockedLayers on(true);
    EXPECT_TRUE(gives_blocks(x));
    {
      const BlockedLayers off(false);
      EXPECT_FALSE(gives_blocks(x));
    }
    EXPECT_TRUE(gives_blocks(x));
    Conv3d exact(torch::nn::Conv3dOptions(3, 32, 3).bias(false));
    exact->to(torch::kFloat64);
    EXPECT_FALSE(is_blocked(exact->forward(x.to(torch::kFloat64))));
  }
  EXPECT_FALSE(gives_blocks(x));
}

TEST(BlockedLayers, AreTheSameNumbersInAnotherOrder) {
  const torch::Tensor x = torch::randn({2, 32, 3, 5, 7});
  const torch::Tensor blocked = as_blocked(x).contiguous();
  EXPECT_TRUE(is_blocked(blocked));
  EXPECT_TRUE(torch::equal(as_rows(blocked), x));
  EXPECT_TRUE(torch::allclose(mean_over_space(blocked), mean_over_space(x), 1e-5, 1e-6));
  EXPECT_TRUE(torch::equal(as_rows(pad_time(blocked, 2)), pad_time(x, 2)));
}

TEST(BlockedLayers, PoolAsInRows) {
  torch::manual_seed(2);
  const ConvWindow window{{1, 3, 3}, {2, 2, 2}, {0, 1, 1}};
  for (const int64_t side : {8, 9}) {
    torch::Tensor rows = torch::randn({2, 32, 5, side, side}).requires_grad_(true);
    torch::Tensor blocked = as_blocked(rows.detach()).contiguous().requires_grad_(true);
    const torch::Tensor expected = max_pool(rows, window), made = max_pool(blocked, window);
    EXPECT_TRUE(torch::equal(as_rows(made), expected));
    const torch::Tensor weights = torch::randn_like(expected);
    (expected * weights).sum().backward();
    (as_rows(made) * weights).sum().backward();
    EXPECT_TRUE(torch::allclose(as_rows(blocked.grad()), rows.grad(), 1e-5, 1e-6));
  }
}

void expect_near(const Outcome& blocked, const Outcome& rows) {
  EXPECT_LT(relative_error(blocked.logits, rows.logits), 1e-4);
  for (const auto& [name, value] : rows.tensors)
    EXPECT_LT(relative_error(blocked.tensors.at(name), value), 0.1) << name;
}

// A frozen batch norm normalises by its running statistics: in rows, between blocked neighbours.
TEST(BlockedLayers, GoOnAroundFrozenBatchNorms) {
  torch::manual_seed(3);
  const Case c;
  const std::vector<torch::Tensor> inputs = inputs_of(c);
  std::map<bool, Outcome> outcomes;
  for (const bool is_blocked_run : {false, true}) {
    torch::manual_seed(5);
    const auto network = make_network(architecture_of(c));
    network->train();
    for (const auto& module : network->named_modules()) {
      if (module.key().starts_with("layer2")) module.value()->eval();
    }
    const BlockedLayers blocked(is_blocked_run);
    Outcome& outcome = outcomes[is_blocked_run];
    outcome.logits = network->forward(inputs);
    outcome.logits.square().sum().backward();
    for (const auto& item : network->named_parameters()) outcome.tensors.emplace(item.key(), item.value().grad());
  }
  expect_near(outcomes[true], outcomes[false]);
}

/// With a peer that has the same clips: what it adds to a sum doubles it.
Outcome train_with_twin(const Case& c, const std::vector<torch::Tensor>& inputs, bool is_blocked_run) {
  const SharedStatistics twin{[](const torch::Tensor& tensor) {
    torch::Tensor sum = tensor;
    sum.mul_(2);
  }};
  torch::manual_seed(5);
  const auto network = make_network(architecture_of(c));
  share_statistics(*network, &twin);
  return train_once(*network, inputs, is_blocked_run);
}

TEST(BlockedLayers, ShareStatistics) {
  torch::manual_seed(4);
  const Case c;
  const std::vector<torch::Tensor> inputs = inputs_of(c);
  const Outcome shared = train_with_twin(c, inputs, true);
  expect_near(shared, train_with_twin(c, inputs, false));
  // Twice the same clips have the statistics of one of them, but for the unbiased variance.
  torch::manual_seed(5);
  const Outcome alone = train_once(*make_network(architecture_of(c)), inputs, true);
  EXPECT_LT(relative_error(shared.logits, alone.logits), 1e-5);
  EXPECT_LT(relative_error(shared.tensors.at("conv1.weight"), alone.tensors.at("conv1.weight")), 0.1);
}

// What training is resumed by.
TEST(BlockedLayers, GiveTheSameBitsEveryTime) {
  torch::manual_seed(6);
  const Case c{.name = "", .side = 96, .batch = 4};
  const std::vector<torch::Tensor> inputs = inputs_of(c);
  std::vector<Outcome> outcomes;
  for (int round = 0; round < 2; ++round) {
    torch::manual_seed(5);
    outcomes.push_back(train_once(*make_network(architecture_of(c)), inputs, true));
  }
  EXPECT_TRUE(torch::equal(outcomes[0].logits, outcomes[1].logits));
  for (const auto& [name, value] : outcomes[0].tensors)
    EXPECT_TRUE(torch::equal(value, outcomes[1].tensors.at(name))) << name;
}

}  // namespace
}  // namespace gerund::nets
