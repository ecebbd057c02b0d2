// tests/train/optimizer_test.cc - updates beside PyTorch's; expected values: tools/make_train_golden.py.
#include "train/optimizer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "nets/golden_values.h"
#include "train/golden_file.h"
#include "train/tiny_networks.h"

namespace gerund::train {
namespace {

spec::OptimSpec optim_of(const std::string& kind) {
  spec::OptimSpec optim;
  optim.optimizer = kind == "adamw" ? "adamw" : "sgd";
  optim.nesterov = kind == "nesterov";
  optim.momentum = 0.9;
  optim.weight_decay = kind == "adamw" ? 0.05 : 0.01;
  optim.betas = {0.8, 0.95};
  optim.eps = 1e-6;
  return optim;
}

void set_gradient(const WeightsOnly& network, const std::string& name, int64_t step) {
  network.weight(name).mutable_grad() = nets::to_torch(nets::formula("gradient" + std::to_string(step), {5}, -1, 1));
}

const std::map<std::string, tensor::Tensor> kOneWeight{{"part.weight", nets::formula("weight", {5}, -1, 1)}};

TEST(Optimizer, FollowsPyTorch) {
  const nlohmann::json expected = golden_file("optimizers");
  for (const std::string kind : {"sgd", "nesterov", "adamw"}) {
    const WeightsOnly network(kOneWeight);
    Optimizer optimizer(network, optim_of(kind));
    for (int64_t step = 0; step < 6; ++step) {
      set_gradient(network, "part.weight", step);
      optimizer.update(0.1, 1, step);
    }
    for (size_t i = 0; i < 5; ++i)
      EXPECT_NEAR(network.weight("part.weight")[static_cast<int64_t>(i)].item<double>(),
                  expected.at(kind).at(i).get<double>(), 1e-6)
          << kind << ", weight " << i;
  }
}

TEST(Optimizer, ItsStateMovesToAnotherOne) {
  for (const std::string kind : {"sgd", "adamw"}) {
    const auto run = [&](bool moves) {
      const WeightsOnly network(kOneWeight);
      Optimizer first(network, optim_of(kind));
      Optimizer second(network, optim_of(kind));
      set_gradient(network, "part.weight", 0);
      first.update(0.1, 1, 0);
      second.set_state(first.state());
      set_gradient(network, "part.weight", 1);
      (moves ? second : first).update(0.1, 1, 1);
      return network.weight("part.weight").detach().clone();
    };
    EXPECT_TRUE(torch::equal(run(true), run(false))) << kind;
  }
}

TEST(Optimizer, StateOfAnotherOneIsAUserError) {
  const WeightsOnly network(kOneWeight);
  Optimizer sgd(network, optim_of("sgd"));
  Optimizer adamw(network, optim_of("adamw"));
  EXPECT_THROW(adamw.set_state(sgd.state()), base::UserError);
  EXPECT_THROW(sgd.set_state({{"momentum.part.weight", tensor::Tensor({4})}}), base::UserError);
}

TEST(Optimizer, ScalesGradients) {
  const WeightsOnly network(kOneWeight);
  spec::OptimSpec optim = optim_of("sgd");
  optim.weight_decay = 0;
  Optimizer optimizer(network, optim);
  const torch::Tensor before = network.weight("part.weight").detach().clone();
  set_gradient(network, "part.weight", 0);
  const torch::Tensor gradient = network.weight("part.weight").grad().clone();
  optimizer.update(0.5, 0.25, 0);
  EXPECT_TRUE(torch::allclose(network.weight("part.weight"), before - gradient * 0.125));
}

TEST(Optimizer, RatesOfPartsTakeTheLongestBeginningThatFits) {
  const std::vector<std::string> names{"layer1.a", "layer1.b", "layer10.a", "head.a"};
  std::map<std::string, tensor::Tensor> weights;
  for (const std::string& name : names) weights.emplace(name, tensor::Tensor({5}));
  const WeightsOnly network(weights);
  spec::OptimSpec optim = optim_of("sgd");
  optim.weight_decay = 0;
  optim.lr_multipliers = {{"layer1", 0.5}, {"layer1.b", 2}, {"head", 10}};
  Optimizer optimizer(network, optim);
  for (const std::string& name : names) network.weight(name).mutable_grad() = torch::ones({5});
  optimizer.update(0.1, 1, 0);
  const std::vector<double> expected{-0.05, -0.2, -0.1, -1};
  for (size_t i = 0; i < names.size(); ++i)
    EXPECT_NEAR(network.weight(names[i])[0].item<double>(), expected[i], 1e-6) << names[i];
  optim.lr_multipliers = {{"layer", 1}};
  EXPECT_THROW(Optimizer(network, optim), base::UserError);
}

}  // namespace
}  // namespace gerund::train
