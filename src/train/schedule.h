// train/schedule.h - the learning rate over a run.
#pragma once

#include <cstdint>

#include "nets/checkpoint.h"
#include "spec/experiment.h"

namespace gerund::train {

/// An update's place in its run.
struct Moment {
  int64_t epoch = 0;   ///< From 0.
  int64_t update = 0;  ///< In its epoch, from 0.
  int64_t updates_per_epoch = 1;
  int64_t num_epochs = 1;
};

/// Cosine and OneCycle: the rate of every update depends on how many there will be.
bool rate_follows_epochs(const spec::OptimSpec& optim);

/// The rate of an update. Every schedule but OneCycle rises from 0 over optim.warmup_epochs first, in equal steps.
/// - MultiStep: lr * lr_decay ^ (number of lr_steps at or before the epoch), as PyTorch's MultiStepLR.
/// - AutoReduce: `plateau_rate`, see reduce_on_plateau.
/// - Cosine: from lr to min_lr over what follows the warm-up (Loshchilov & Hutter 2017), per update.
/// - OneCycle: from lr / 25 to lr over 30 % of the updates, then to lr / 250,000, both along cosines, as PyTorch's
///   OneCycleLR (Smith & Topin 2018).
double learning_rate(const spec::OptimSpec& optim, const Moment& moment, double plateau_rate);

/// AutoReduce: takes in the monitored loss of an epoch and lowers state.lr by lr_decay once `patience` epochs in a row
/// did not fall below the best by a ten-thousandth of it; never below min_lr. Source: PyTorch's ReduceLROnPlateau, mode
/// min, relative threshold.
void reduce_on_plateau(const spec::OptimSpec& optim, double monitored, nets::TrainingState& state);

}  // namespace gerund::train
