#include "predict/loaded_model.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "graph/metadata.h"
#include "graph/onnx_file.h"
#include "nets/checkpoint.h"
#include "nets/export_model.h"
#include "nets/torch_engine.h"

namespace gerund::predict {
namespace {

double clip_seconds_of(const graph::Model& model) {
  const auto origin = model.metadata.find(graph::kOriginKey);
  if (origin == model.metadata.end()) return 0;
  const nlohmann::json parsed = nlohmann::json::parse(origin->second, nullptr, false);
  return parsed.is_object() ? parsed.value("clip_seconds", 0.0) : 0;
}

// The shape that the recipe makes must be the shape that the network takes; -1 takes any extent.
void check_shapes(const graph::Model& model, const clip::Recipe& recipe, const std::string& name) {
  if (model.inputs.empty())
    throw base::UserError(fmt::format("{}: the graph has no input; it cannot name actions", name));
  tensor::Shape wanted = model.inputs[0].shape;
  tensor::Shape made = clip::input_shape(recipe);
  if (graph::carries_state(model) && wanted.size() == 5 && made.size() == 4) made[1] = wanted[2];  // A part of a clip.
  made.insert(made.begin(), -1);
  bool fits = wanted.size() == made.size();
  for (size_t i = 0; fits && i < made.size(); ++i) fits = made[i] == -1 || wanted[i] == -1 || wanted[i] == made[i];
  if (fits) return;
  throw base::UserError(
      fmt::format("{}: its input '{}' is {} but the recipe makes {}; give the recipe that it was trained with", name,
                  model.inputs[0].name, tensor::to_string(wanted), tensor::to_string(made)));
}

LoadedModel open_onnx(const std::filesystem::path& path, const OpenOptions& options) {
  graph::Model model = graph::read_onnx(path);
  LoadedModel loaded;
  loaded.name = path.string();
  loaded.labels = graph::labels_of(model, path.string());
  if (const auto recipe = model.metadata.find(graph::kRecipeKey); recipe != model.metadata.end()) {
    loaded.recipe = clip::recipe_from_json(recipe->second, path.string());
  } else if (options.experiment) {
    loaded.recipe = clip::make_recipe(*options.experiment);
  } else {
    throw base::MissingRecipe(
        fmt::format("{}: does not say how its input is made (no '{}' in its metadata); give a spec with model and "
                    "dataset.label_map: -e SPEC",
                    path.string(), graph::kRecipeKey));
  }
  if (loaded.labels.empty() && options.experiment) loaded.labels = nets::labels_of(*options.experiment);
  if (loaded.labels.empty())
    throw base::MissingRecipe(
        fmt::format("{}: has no labels in its metadata; give a spec with dataset.label_map: -e SPEC", path.string()));
  check_shapes(model, loaded.recipe, path.string());
  loaded.clip_seconds = clip_seconds_of(model);
  const infer::EngineOptions engine_options{options.engine, options.num_threads};
  if (graph::carries_state(model)) {
    loaded.step = std::make_shared<infer::StepNetwork>(std::move(model), engine_options);
    loaded.engine = infer::make_stepwise_engine(loaded.step);
  } else {
    loaded.engine = infer::make_engine(std::move(model), engine_options);
  }
  return loaded;
}

LoadedModel open_checkpoint(const std::filesystem::path& path, const OpenOptions& options) {
  const nets::Checkpoint checkpoint = nets::load_checkpoint(path);
  nets::set_num_threads(options.num_threads);
  LoadedModel loaded;
  loaded.name = nets::resolve_checkpoint_path(path).string();
  loaded.recipe = clip::recipe_from_json(checkpoint.recipe, path.string());
  loaded.labels = checkpoint.labels;
  loaded.clip_seconds = checkpoint.clip_seconds;
  loaded.engine = nets::make_torch_engine(nets::make_architecture(checkpoint.experiment), checkpoint.weights);
  if (options.with_step && nets::make_architecture(checkpoint.experiment).causal) {
    const graph::Model step = nets::export_step_model(checkpoint, loaded.name, spec::kPositionFrames);
    loaded.step = std::make_shared<infer::StepNetwork>(step, infer::EngineOptions{options.engine, options.num_threads});
  }
  return loaded;
}

}  // namespace

bool is_onnx_path(const std::filesystem::path& path) {
  return path.extension() == ".onnx";
}

LoadedModel open_model(const std::filesystem::path& path, const OpenOptions& options) {
  return is_onnx_path(path) ? open_onnx(path, options) : open_checkpoint(path, options);
}

}  // namespace gerund::predict
