// predict/loaded_model.h - a checkpoint or an ONNX file, ready to name actions.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clip/recipe.h"
#include "infer/engine.h"
#include "infer/step_network.h"
#include "spec/experiment.h"

namespace gerund::predict {

/// Threads: const after opening; the engine runs in any number of threads.
struct LoadedModel {
  std::string name;                       ///< The path as it was given.
  std::unique_ptr<infer::Engine> engine;  ///< Classifies clips.
  /// The same network going on from frame to frame. Set for a step graph, and for a causal checkpoint where asked.
  std::shared_ptr<const infer::StepNetwork> step;
  clip::Recipe recipe;
  std::vector<std::string> labels;  ///< By class index.
  double clip_seconds = 0;          ///< Median length of the training videos; 0 where unknown.
};

struct OpenOptions {
  std::string engine = "auto";  ///< For ONNX files and step networks: infer::engine_names().
  int num_threads = 0;          ///< 0: all cores.
  bool with_step = false;       ///< Makes the step network of a causal checkpoint, run by `engine`.
  /// Gives recipe and labels to an ONNX file that has none; no effect on other files.
  std::optional<spec::Experiment> experiment;
};

/// Opens X.onnx through room infer and any other file as a checkpoint, run by LibTorch. A step graph classifies clips
/// step by step. Throws UserError for a file
/// that is missing or damaged, MissingRecipe for an ONNX file without gerund's metadata where no experiment is given.
LoadedModel open_model(const std::filesystem::path& path, const OpenOptions& options);

/// True for a path that ends in .onnx.
bool is_onnx_path(const std::filesystem::path& path);

}  // namespace gerund::predict
