// train/plan.h - chooses network, clips and schedule for a data set, where nobody has written a spec.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/survey.h"
#include "spec/experiment.h"

namespace gerund::train {

/// Clips of a class with which there is something to learn and something to test with.
inline constexpr int64_t kLeastClips = 4;

/// Weights to start from.
struct Start {
  std::filesystem::path path;
  std::string knowledge;  ///< What they know, for people: "five other actions".
};

/// What there is to compute with, and to start from.
struct PlanOptions {
  int64_t least_clips = kLeastClips;  ///< Of each class.
  bool has_gpu = false;
  int num_cores = 2;
  /// Finds weights for the network that was chosen (backbone, width, input_type, temporal); nullopt: there are none.
  std::function<std::optional<Start>(const spec::ModelSpec& model)> find_start;
};

struct Plan {
  spec::Experiment experiment;       ///< But for folders.
  std::vector<std::string> reasons;  ///< A sentence each on the clips, the network and, from plan_epochs, the training.
};

/// The rules, all from what `survey` has seen (at least one clip):
/// - T = 16 frames, or 8 or 4 where the clips have fewer (median). Clips of up to 6 seconds (median) are seen whole,
/// frames spread over them (random_interval); of
///   longer ones 2.5 seconds in a row, every sample_rate-th frame by their median rate.
/// - On a CPU a quarter of ResNet-18's width and 84 pixels for up to 400 clips, half of it and 112 pixels for more;
/// with
///   a GPU the whole of it at 112. Pixels are those of the short side, the other follows the pictures' shape.
/// - Batches of 8 clips; the rate falls along a cosine from 0.005 with a start, else from 0.01.
/// - Clips are mirrored, but where names of classes tell left from right.
/// Throws UserError where there are fewer than two classes, or one of fewer than least_clips clips, naming it and what
/// to do.
Plan plan_training(const data::Survey& survey, const data::LabelMap& label_map, const PlanOptions& options);

/// Sets how long to train on `num_clips` >= 1 clips: in whole epochs some 14,400 clips on a CPU, five times as many
/// with a GPU, in 10 to 60 epochs.
void plan_epochs(int64_t num_clips, const PlanOptions& options, Plan& plan);

}  // namespace gerund::train
