// train/trainer.h - trains a network from a spec: the verb train.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.h"
#include "nets/checkpoint.h"
#include "spec/experiment.h"

namespace gerund::train {

struct TrainOptions {
  bool strict = false;              ///< A broken clip is an error instead of being left out and listed.
  std::vector<std::string> advice;  ///< What the user was told about the clips before; the run's page repeats it.
};

struct TrainResult {
  bool was_finished = false;  ///< Nothing was left to do: the folder held the whole run.
  std::filesystem::path best;
  std::filesystem::path last;
  std::vector<nets::EpochMetrics> history;
  int64_t num_clips = 0;           ///< Clips that this process trained on.
  double train_seconds = 0;        ///< Time of their steps, waiting included, validation and saving not.
  double loader_wait_seconds = 0;  ///< The part of it spent waiting for clips.
};

/// Trains, validates after each epoch and keeps checkpoints under train.results_dir, else <results_dir>/train. Goes on
/// from last.safetensors there (or train.resume_training_checkpoint_path) as if it had never stopped.
///
/// The same spec, data, seed and number of threads give the same weights, bit for bit.
/// Throws UserError for a setting or data that cannot be trained with, and for a folder that holds another run (nothing
/// is overwritten); Interrupted after Ctrl-C, with everything saved.
TrainResult run_training(const spec::Experiment& experiment, const TrainOptions& options, base::Progress& progress);

}  // namespace gerund::train
