// train/schedule.h - the learning rate over a run.
#pragma once

#include <cstdint>

#include "nets/checkpoint.h"
#include "spec/experiment.h"

namespace gerund::train {

/// MultiStep: lr * lr_decay ^ (number of lr_steps at or before `epoch`). `epoch` counts from 0. Source: PyTorch's
/// MultiStepLR.
double multi_step_rate(const spec::OptimSpec& optim, int64_t epoch);

/// AutoReduce: takes in the monitored loss of an epoch and lowers state.lr by lr_decay once `patience` epochs in a row
/// did not fall below the best by a ten-thousandth of it; never below min_lr. Source: PyTorch's ReduceLROnPlateau, mode
/// min, relative threshold.
void reduce_on_plateau(const spec::OptimSpec& optim, double monitored, nets::TrainingState& state);

}  // namespace gerund::train
