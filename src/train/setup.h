// train/setup.h - what a run is made of, checked before anything is written.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "clip/assemble.h"
#include "clip/recipe.h"
#include "data/dataset.h"
#include "nets/architecture.h"
#include "nets/checkpoint.h"
#include "spec/experiment.h"

namespace gerund::train {

struct Setup {
  nets::Architecture architecture;
  std::vector<std::string> labels;
  clip::Recipes recipes;  ///< One for each input of the network.
  clip::Augment augment;
  std::vector<data::Item> train_items;
  std::vector<data::Item> val_items;  ///< Empty: no validation.
  double clip_seconds = 0;            ///< Median length of the training videos.
  std::vector<double> class_weights;  ///< In the loss, by class index; empty: all alike.
  std::vector<std::string> warnings;  ///< Of the clips. They were said; the run's page repeats them.
};

/// The folder of a run's files. Throws UserError where the spec names none.
std::filesystem::path results_folder(const spec::Experiment& experiment);

/// A checkpoint to go on from.
struct ResumePoint {
  nets::Checkpoint checkpoint;
  std::filesystem::path path;
};

/// The checkpoint to go on from, if there is one: train.resume_training_checkpoint_path, else `last`. Throws UserError
/// where there are checkpoints of a run beside a `last` that is missing, and where it belongs to a run with another
/// spec (number of epochs, of workers, folders and the blocks of other verbs aside), naming the keys.
std::optional<ResumePoint> find_start(const spec::Experiment& experiment, const std::filesystem::path& last);

/// Throws UserError where the printed specs of two processes differ in what decides the weights, naming the keys.
void check_same_settings(const std::string& first, const std::string& other, const std::string& name);

/// Reads network, recipe and data sets. Broken clips are warned of, or with `strict` an error. From now on the process
/// keeps the memory that it frees (base::keep_freed_memory).
Setup make_setup(const spec::Experiment& experiment, bool strict, base::Progress& progress);

}  // namespace gerund::train
