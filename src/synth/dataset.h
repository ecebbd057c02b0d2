// synth/dataset.h - draws a whole data set: a folder per split and class, a video per clip, a manifest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.h"
#include "media/video_writer.h"
#include "synth/script.h"
#include "synth/variation.h"

namespace gerund::synth {

struct DatasetOptions {
  std::filesystem::path folder;              ///< Must not exist, be empty or hold a data set of the same options.
  std::vector<std::string> actions;          ///< Some of action_names(), each once, at least one.
  int clips_per_class = 40;                  ///< 1..100000.
  double train_share = 0.6;                  ///< Of each class, 0..1.
  double val_share = 0.15;                   ///< Of each class, 0..1; what is left is for the test.
  uint64_t seed = 1;                         ///< Every clip draws its own seed from this one.
  int width = 160;                           ///< Pixels, even, 32..1920.
  int height = 120;                          ///< Pixels, even, 32..1080.
  double fps = 25;                           ///< Frames per second, 5..60.
  double min_seconds = 2;                    ///< Length of the shortest clip, 1..600.
  double max_seconds = 4;                    ///< Length of the longest clip, min_seconds..600.
  media::Codec codec = media::Codec::mpeg4;  ///< mpeg4 writes .avi, h264 writes .mp4.
  int num_threads = 0;                       ///< 0: one per core. The files do not depend on it.
  Variation variation;
};

/// One clip of the manifest.
struct DatasetClip {
  std::filesystem::path path;  ///< Below the folder: SPLIT/ACTION/ACTION_NNNN.avi.
  std::string action;
  uint64_t seed = 0;  ///< Less than 2^53, so that every JSON reader keeps it.
  double seconds = 0;
  std::vector<Interval> intervals;  ///< Where the action is seen.
};

struct DatasetSummary {
  int num_train = 0, num_val = 0, num_test = 0;  ///< Clips.
  int num_drawn = 0;                             ///< Clips written now.
  int num_kept = 0;                              ///< Clips that were there already.
  std::filesystem::path manifest;
};

/// Throws UserError naming the option that is out of range.
void check_dataset_options(const DatasetOptions& options);

/// What will be drawn: a pure function of the options.
std::vector<DatasetClip> plan_dataset(const DatasetOptions& options);

/// Draws folder/{train,val,test}/ACTION/ACTION_NNNN.avi and folder/manifest.json. A run that was interrupted goes on
/// where it stopped: clips that are there are kept. Files appear whole or not at all.
/// Throws UserError for options out of range or a folder with something else in it, Interrupted after Ctrl-C.
DatasetSummary draw_dataset(const DatasetOptions& options, base::Progress& progress);

}  // namespace gerund::synth
