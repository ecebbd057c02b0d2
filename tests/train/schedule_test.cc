#include "train/schedule.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "train/golden_file.h"

namespace gerund::train {
namespace {

// tests/nets/golden/schedules.json: rates of PyTorch's schedulers, by tools/make_nets_golden.py.
nlohmann::json golden() {
  std::ifstream in(std::string(GERUND_SOURCE_DIR) + "/tests/nets/golden/schedules.json");
  return nlohmann::json::parse(in);
}

TEST(Schedule, MultiStepGivesTheRatesOfPyTorch) {
  const nlohmann::json row = golden().at("multi_step");
  spec::OptimSpec optim;
  optim.lr = 0.02;
  optim.lr_decay = 0.1;
  optim.lr_steps = row.at("milestones").get<std::vector<int64_t>>();
  const auto rates = row.at("rates").get<std::vector<double>>();
  for (size_t epoch = 0; epoch < rates.size(); ++epoch)
    EXPECT_NEAR(learning_rate(optim, {static_cast<int64_t>(epoch), 0, 1, 12}, 0), rates[epoch], 1e-12) << epoch;
}

TEST(Schedule, CosineAndOneCycleGiveTheRatesOfPyTorch) {
  const nlohmann::json expected = golden_file("rates");
  for (const std::string name : {"Cosine", "OneCycle"}) {
    spec::OptimSpec optim;
    optim.lr = 0.02;
    optim.min_lr = 0.002;
    optim.lr_scheduler = name;
    for (int64_t i = 0; i < 20; ++i)
      EXPECT_NEAR(learning_rate(optim, {i / 5, i % 5, 5, 4}, 0), expected.at(name).at(static_cast<size_t>(i)), 1e-12)
          << name << " at " << i;
  }
}

TEST(Schedule, WarmUpIsTheRiseOfOneCycle) {
  spec::OptimSpec optim;
  optim.lr = 0.02;
  optim.lr_scheduler = "OneCycle";
  const auto rate_at = [&](int64_t update) { return learning_rate(optim, {update / 5, update % 5, 5, 4}, 0); };
  optim.warmup_epochs = 2;  // 10 of 20 updates: the last of them is the highest, half way of it the middle.
  EXPECT_NEAR(rate_at(0), 0.02 / 25, 1e-12);
  EXPECT_NEAR(rate_at(3), 0.0008 + (0.02 - 0.0008) / 4, 1e-12);  // A third of the way: (1 - cos 60 degrees) / 2.
  EXPECT_NEAR(rate_at(9), 0.02, 1e-12);
  EXPECT_NEAR(rate_at(19), 0.02 / 25 / 1e4, 1e-12);
  for (const double epochs : {0.01, 0.2, 4.0, 9.0}) {
    optim.warmup_epochs = epochs;
    for (int64_t i = 0; i < 20; ++i) EXPECT_TRUE(rate_at(i) > 0 && rate_at(i) <= 0.02 + 1e-12) << epochs << " " << i;
  }
}

TEST(Schedule, WarmUpRisesInEqualSteps) {
  spec::OptimSpec optim;
  optim.lr = 0.08;
  optim.lr_steps = {};
  optim.warmup_epochs = 1.6;  // Of 5 updates each: 8 updates.
  for (int64_t i = 0; i < 20; ++i)
    EXPECT_NEAR(learning_rate(optim, {i / 5, i % 5, 5, 4}, 0), std::min(0.01 * static_cast<double>(i + 1), 0.08),
                1e-12);
  // A cosine begins where the warm-up ends and still ends at the last update.
  optim.lr_scheduler = "Cosine";
  optim.min_lr = 0;
  EXPECT_NEAR(learning_rate(optim, {1, 3, 5, 4}, 0), 0.08, 1e-12);
  EXPECT_NEAR(learning_rate(optim, {2, 4, 5, 4}, 0), 0.04, 1e-12);
  optim.lr_scheduler = "AutoReduce";
  EXPECT_NEAR(learning_rate(optim, {0, 0, 5, 4}, 0.04), 0.005, 1e-12);
  EXPECT_NEAR(learning_rate(optim, {3, 0, 5, 4}, 0.04), 0.04, 1e-12);
}

TEST(Schedule, RunsOfAFewUpdatesHaveFiniteRates) {
  for (const char* name : {"MultiStep", "Cosine", "OneCycle"}) {
    for (int64_t updates = 1; updates <= 5; ++updates) {
      spec::OptimSpec optim;
      optim.lr_scheduler = name;
      optim.warmup_epochs = 2;
      for (int64_t i = 0; i < updates; ++i) {
        const double rate = learning_rate(optim, {0, i, updates, 1}, optim.lr);
        EXPECT_TRUE(rate > 0 && rate <= optim.lr) << name << " " << i << "/" << updates << ": " << rate;
      }
    }
  }
}

TEST(Schedule, AutoReduceGivesTheRatesOfPyTorch) {
  const nlohmann::json all = golden();
  for (const auto& row : all.at("plateau")) {
    spec::OptimSpec optim;
    optim.lr_decay = row.at("factor");
    optim.patience = row.at("patience");
    optim.min_lr = row.at("min_lr");
    nets::TrainingState state;
    state.lr = 0.02;
    const auto rates = row.at("rates").get<std::vector<double>>();
    for (size_t i = 0; i < rates.size(); ++i) {
      reduce_on_plateau(optim, all.at("values").at(i), state);
      EXPECT_NEAR(state.lr, rates[i], 1e-12) << row.dump() << " at " << i;
    }
  }
}

}  // namespace
}  // namespace gerund::train
