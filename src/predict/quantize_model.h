// predict/quantize_model.h - a model in 8-bit whole numbers, with ranges seen on real clips, and what that costs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/progress.h"
#include "graph/model.h"

namespace gerund::predict {

/// At most this many clips are looked at, spread evenly over those there are.
inline constexpr size_t kMaxCalibrationClips = 300;

struct QuantizedModel {
  graph::Model model;    ///< QDQ form (graph/quantize.h); "quantization" of its origin holds what follows.
  int64_t clips = 0;     ///< That could be read.
  double agreement = 0;  ///< Share of clips named the same before and after, 0..1.
  std::optional<double> accuracy_before;  ///< Share of clips named right, 0..1; nullopt where clips have no labels.
  std::optional<double> accuracy_after;
};

/// Quantizes an exported model with the ranges that its values take on the centre clips of `folder`: a data set with
/// folders named like the model's labels, or any folder of videos or frame folders. A range leaves out the outermost
/// ten-thousandth of the values of each clip. Clips that do not decode are left out with a warning.
/// Throws UserError where `folder` holds no clip that can be read or the model's metadata lacks recipe or labels;
/// Interrupted after Ctrl-C.
QuantizedModel quantize_model(const graph::Model& model, const std::filesystem::path& folder, base::Progress& progress);

/// A sentence or two for a person: clips, accuracy before and after, agreement.
std::string summary_of(const QuantizedModel& quantized);

}  // namespace gerund::predict
