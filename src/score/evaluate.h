// score/evaluate.h - how well a network does on a labelled data set.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.h"
#include "clip/recipe.h"
#include "data/probe.h"
#include "infer/engine.h"
#include "score/classify.h"
#include "score/confusion.h"

namespace gerund::score {

/// What the network said of one sample: a video, or one clip of it for View::all.
struct SampleResult {
  std::filesystem::path path;
  int64_t clip_index = 0;             ///< Which clip of the video, from 0; 0 but for View::all.
  int64_t label = 0;                  ///< True class index.
  int64_t prediction = 0;             ///< Predicted class index.
  std::vector<double> probabilities;  ///< By class index, sum 1.
};

/// The outcome of evaluate().
struct Evaluation {
  std::string model;    ///< Name of the checkpoint or model file; the caller's to set.
  std::string dataset;  ///< Name of the data set; the caller's to set.
  clip::View view = clip::View::center;
  std::vector<std::string> labels;    ///< Class names by index.
  std::vector<SampleResult> samples;  ///< In the order of the items.
  Confusion confusion{1};             ///< Of the samples.
  double loss = 0;                    ///< Mean cross-entropy of the samples' probabilities, nats.
  std::vector<data::Broken> broken;   ///< Clips left out: those of the probe, then those that broke in decoding.

  /// Share of samples whose true class is among the k likeliest, 0..1. k >= 1.
  double top_k(int64_t k) const;
};

/// A sample whose prediction is its likeliest class.
SampleResult sample_of(std::filesystem::path path, int64_t label, std::vector<double> probabilities);

/// What follows from samples, of `num_clips` clips that samples and `broken` came of: confusion and loss. View::center.
/// Throws UserError where there are no samples, naming what broke.
Evaluation evaluation_of(std::vector<SampleResult> samples, std::vector<data::Broken> broken, size_t num_clips,
                         const std::vector<std::string>& labels);

/// What an evaluation is made of, in parts where several processes share it.
struct Samples {
  std::vector<SampleResult> samples;
  std::vector<data::Broken> broken;
};
/// The samples of evaluate(); none where no clip decodes.
Samples find_samples(const infer::Engine& engine, const data::Probed& clips, const clip::Recipes& recipes,
                     int64_t num_classes, const ClassifyOptions& options, base::Progress& progress);

/// Runs `engine` over `clips`. View::center takes one clip per video, View::conv averages the softmax of its clips per
/// video, View::all counts every clip as a sample (as the reference toolkit does). The result does not depend on
/// options.batch_size or options.num_workers. Throws as classify() does, and UserError where no video decodes.
Evaluation evaluate(const infer::Engine& engine, const data::Probed& clips, const clip::Recipes& recipes,
                    const std::vector<std::string>& labels, const ClassifyOptions& options, base::Progress& progress);

/// "center", "conv" or "all".
std::string view_name(clip::View view);
/// The view of a spec's video_eval_mode or video_inf_mode. Throws UserError naming `key` for another name.
clip::View view_from_name(const std::string& name, const std::string& key);

}  // namespace gerund::score
