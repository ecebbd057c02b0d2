// predict/loaded_model.h - opens a checkpoint or an ONNX file, whichever a path names.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "serve/loaded_model.h"
#include "spec/experiment.h"

namespace gerund::predict {

struct OpenOptions {
  std::string engine = "auto";     ///< For ONNX files and step networks: infer::engine_names().
  int num_threads = 0;             ///< 0: all cores.
  std::string precision = "fp32";  ///< For the same: infer::precision_names().
  bool with_step = false;          ///< Makes the step network of a causal checkpoint, run by `engine`.
  /// Gives recipe and labels to an ONNX file that has none; no effect on other files.
  std::optional<spec::Experiment> experiment;
  std::string key;  ///< Opens a sealed file.
};

/// Opens X.onnx (or X.etlt) by serve::open_onnx_model and any other file as a checkpoint, run by LibTorch. Throws as
/// that does.
serve::LoadedModel open_model(const std::filesystem::path& path, const OpenOptions& options);

}  // namespace gerund::predict
