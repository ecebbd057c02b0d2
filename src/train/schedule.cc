#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gerund::train {
namespace {

double multi_step(const spec::OptimSpec& optim, int64_t epoch) {
  const auto passed =
      std::count_if(optim.lr_steps.begin(), optim.lr_steps.end(), [&](int64_t step) { return step <= epoch; });
  return optim.lr * std::pow(optim.lr_decay, static_cast<double>(passed));
}

/// Along half a cosine; `share` 0..1 of the way.
double along_cosine(double from, double to, double share) {
  return to + (from - to) * (1 + std::cos(std::numbers::pi * share)) / 2;
}

/// `rise`: updates until the highest rate.
double one_cycle(double highest, double update, double rise, double num_updates) {
  constexpr double kStart = 25;
  constexpr double kEnd = 1e4;
  const double turn = std::min(rise, num_updates) - 1;
  const double last = num_updates - 1;
  if (update < turn) return along_cosine(highest / kStart, highest, update / turn);
  return along_cosine(highest, highest / kStart / kEnd, last > turn ? (update - turn) / (last - turn) : 1);
}

}  // namespace

bool rate_follows_epochs(const spec::OptimSpec& optim) {
  return optim.lr_scheduler == "Cosine" || optim.lr_scheduler == "OneCycle";
}

double learning_rate(const spec::OptimSpec& optim, const Moment& moment, double plateau_rate) {
  const auto per_epoch = static_cast<double>(moment.updates_per_epoch);
  const double update = static_cast<double>(moment.epoch) * per_epoch + static_cast<double>(moment.update);
  const double num_updates = static_cast<double>(moment.num_epochs) * per_epoch;
  const double warmup = optim.warmup_epochs * per_epoch;
  if (optim.lr_scheduler == "OneCycle") {
    constexpr double kRise = 0.3;
    return one_cycle(optim.lr, update, warmup > 0 ? warmup : kRise * num_updates, num_updates);
  }
  double rate = plateau_rate;
  if (optim.lr_scheduler == "MultiStep") rate = multi_step(optim, moment.epoch);
  if (optim.lr_scheduler == "Cosine") {
    const double share = num_updates > warmup ? std::clamp((update - warmup) / (num_updates - warmup), 0.0, 1.0) : 0;
    rate = along_cosine(optim.lr, optim.min_lr, share);
  }
  return update + 1 < warmup ? rate * (update + 1) / warmup : rate;
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
