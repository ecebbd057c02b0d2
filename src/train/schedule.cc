#include "train/schedule.h"

#include <algorithm>
#include <cmath>

namespace gerund::train {

double multi_step_rate(const spec::OptimSpec& optim, int64_t epoch) {
  const auto passed =
      std::count_if(optim.lr_steps.begin(), optim.lr_steps.end(), [&](int64_t step) { return step <= epoch; });
  return optim.lr * std::pow(optim.lr_decay, static_cast<double>(passed));
}

void reduce_on_plateau(const spec::OptimSpec& optim, double monitored, nets::TrainingState& state) {
  constexpr double kThreshold = 1e-4;
  constexpr double kSmallestChange = 1e-8;
  if (!state.plateau_seen || monitored < state.plateau_best * (1 - kThreshold)) {
    state.plateau_seen = true;
    state.plateau_best = monitored;
    state.plateau_bad_epochs = 0;
    return;
  }
  if (++state.plateau_bad_epochs <= optim.patience) return;
  state.plateau_bad_epochs = 0;
  const double lowered = std::max(state.lr * optim.lr_decay, optim.min_lr);
  if (state.lr - lowered > kSmallestChange) state.lr = lowered;
}

}  // namespace gerund::train
