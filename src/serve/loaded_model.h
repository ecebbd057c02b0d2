// serve/loaded_model.h - a model file, ready to name actions.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clip/recipe.h"
#include "infer/engine.h"
#include "infer/step_network.h"

namespace gerund::serve {

/// Threads: const after opening; the engine runs in any number of threads.
struct LoadedModel {
  std::string name;                       ///< The path as it was given.
  std::unique_ptr<infer::Engine> engine;  ///< Classifies clips.
  /// The same network going on from frame to frame. Set for a step graph, and for a causal checkpoint where asked.
  std::shared_ptr<const infer::StepNetwork> step;
  clip::Recipes recipes;             ///< Of its inputs, those for state aside.
  std::vector<std::string> labels;   ///< By class index.
  double clip_seconds = 0;           ///< Median length of the training videos; 0 where unknown.
  std::string input_name;            ///< Of the frames (of a joint network, the colour frames).
  bool gives_probabilities = false;  ///< Its last node is a Softmax or Sigmoid; else it gives logits.
  bool takes_any_length = false;     ///< The number of frames of a clip is free.

  /// Of a network that sees colour frames alone, as live video has them. Throws UserError for another.
  const clip::Recipe& recipe() const { return clip::only_colour(recipes, name); }
};

struct OnnxOptions {
  infer::EngineOptions engine;
  /// For a file that has no recipe or no labels of its own; no effect on other files.
  clip::Recipes recipes;
  std::vector<std::string> labels;
  std::string key;  ///< Opens a sealed file.
};

/// Opens an ONNX file through room infer. A step graph classifies clips step by step. Throws UserError for a file that
/// is missing or damaged, or whose inputs are not what the recipes make; MissingRecipe for one without recipe or labels
/// where none are given.
LoadedModel open_onnx_model(const std::filesystem::path& path, const OnnxOptions& options);

/// True for a path that ends in .onnx or .etlt, the name that sealed ONNX files have from TAO.
bool is_onnx_path(const std::filesystem::path& path);

/// Frames of one window: those of a clip, or of one step.
int64_t frames_per_window(const LoadedModel& model);

}  // namespace gerund::serve
