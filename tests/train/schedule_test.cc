#include "train/schedule.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

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
    EXPECT_NEAR(multi_step_rate(optim, static_cast<int64_t>(epoch)), rates[epoch], 1e-12) << epoch;
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
