// score/inference_output.h - what inference says of unlabelled videos: lines, JSON or CSV.
#pragma once

#include <string>
#include <vector>

#include "clip/sampler.h"
#include "data/dataset.h"
#include "score/classify.h"

namespace gerund::score {

/// What was classified.
struct Inference {
  std::string model;  ///< Name of the checkpoint or model file.
  clip::View view = clip::View::center;
  std::vector<std::string> labels;  ///< Class names by index.
  std::vector<data::Item> items;    ///< The videos; their label is not used.
  Classified classified;            ///< Of the items.
};

/// The reference toolkit's lines, "path : ['label', ...]", one label per clip of the video, each line with a line
/// break. Control characters of names are escaped (\\n, \\x1b): a video is one line whatever its name.
std::string inference_lines(const Inference& inference);

/// JSON, schema "gerund.inference/1" (docs/formats.md): per video the label, score and probabilities of its clips'
/// average, and the same per clip. Probabilities are rounded to 6 decimals.
std::string inference_json(const Inference& inference);

/// CSV: path,clip,label,score and one column of probabilities per class; a row per clip.
std::string inference_csv(const Inference& inference);

}  // namespace gerund::score
