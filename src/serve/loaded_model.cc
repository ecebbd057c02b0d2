#include "serve/loaded_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "graph/metadata.h"
#include "graph/onnx_file.h"

namespace gerund::serve {
namespace {

double clip_seconds_of(const graph::Model& model) {
  const auto origin = model.metadata.find(graph::kOriginKey);
  if (origin == model.metadata.end()) return 0;
  const nlohmann::json parsed = nlohmann::json::parse(origin->second, nullptr, false);
  const bool is_known = parsed.is_object() && parsed.contains("clip_seconds") && parsed["clip_seconds"].is_number();
  return is_known ? parsed["clip_seconds"].get<double>() : 0;
}

// The shape that a recipe makes must be the shape that its input takes; -1 takes any extent.
void check_shape(const graph::Model& model, const graph::Value& input, const clip::Recipe& recipe,
                 const std::string& name) {
  tensor::Shape made = clip::input_shape(recipe);
  if (graph::carries_state(model) && input.shape.size() == 5 && made.size() == 4) made[1] = input.shape[2];  // A part.
  made.insert(made.begin(), -1);
  bool fits = input.shape.size() == made.size();
  for (size_t i = 0; fits && i < made.size(); ++i)
    fits = made[i] == -1 || input.shape[i] == -1 || input.shape[i] == made[i];
  if (fits) return;
  throw base::UserError(
      fmt::format("{}: its input '{}' is {} but the recipe makes {}; give the recipe that it was trained with", name,
                  input.name, tensor::to_string(input.shape), tensor::to_string(made)));
}

void check_shapes(const graph::Model& model, const clip::Recipes& recipes, const std::string& name) {
  if (model.inputs.empty())
    throw base::UserError(fmt::format("{}: the graph has no input; it cannot name actions", name));
  const size_t num_inputs = graph::carries_state(model) ? 1 : model.inputs.size();
  if (num_inputs != recipes.size())
    throw base::UserError(
        fmt::format("{}: the graph has {} inputs and its recipe makes {}; give the recipe that it was "
                    "trained with",
                    name, num_inputs, recipes.size()));
  for (size_t i = 0; i < recipes.size(); ++i) check_shape(model, model.inputs[i], recipes[i], name);
}

clip::Recipes recipes_of(const graph::Model& model, const std::string& name, const OnnxOptions& options) {
  if (const auto recipe = model.metadata.find(graph::kRecipeKey); recipe != model.metadata.end())
    return clip::recipes_from_json(recipe->second, name);
  if (!options.recipes.empty()) return options.recipes;
  throw base::MissingRecipe(
      fmt::format("{}: does not say how its input is made (no '{}' in its metadata); say it in a spec with model and "
                  "dataset.label_map (-e SPEC), or for deploy in a config (recipe:)",
                  name, graph::kRecipeKey));
}

std::vector<std::string> labels_of(const graph::Model& model, const std::string& name, const OnnxOptions& options) {
  std::vector<std::string> labels = graph::labels_of(model, name);
  if (labels.empty()) labels = options.labels;
  if (!labels.empty()) return labels;
  throw base::MissingRecipe(
      fmt::format("{}: has no labels in its metadata; give them in a spec with dataset.label_map (-e SPEC), or for "
                  "deploy in a config (labels:)",
                  name));
}

bool ends_in_probabilities(const graph::Model& model) {
  return !model.outputs.empty() && std::ranges::any_of(model.nodes, [&](const graph::Node& node) {
    return (node.op == "Softmax" || node.op == "Sigmoid") && !node.outputs.empty() &&
           node.outputs[0] == model.outputs[0].name;
  });
}

}  // namespace

LoadedModel open_onnx_model(const std::filesystem::path& path, const OnnxOptions& options) {
  graph::Model model = graph::read_onnx(path, options.key);
  LoadedModel loaded;
  loaded.name = path.string();
  loaded.labels = labels_of(model, path.string(), options);
  loaded.recipes = recipes_of(model, path.string(), options);
  check_shapes(model, loaded.recipes, path.string());
  loaded.clip_seconds = clip_seconds_of(model);
  loaded.input_name = model.inputs[0].name;
  loaded.gives_probabilities = ends_in_probabilities(model);
  const tensor::Shape& input = model.inputs[0].shape;
  loaded.takes_any_length = input.size() == 5 && input[2] < 0;
  if (graph::carries_state(model)) {
    loaded.step = std::make_shared<infer::StepNetwork>(std::move(model), options.engine);
    loaded.engine = infer::make_stepwise_engine(loaded.step);
  } else {
    loaded.engine = infer::make_engine(std::move(model), options.engine);
  }
  return loaded;
}

bool is_onnx_path(const std::filesystem::path& path) {
  return path.extension() == ".onnx" || path.extension() == ".etlt";
}

int64_t frames_per_window(const LoadedModel& model) {
  return model.step ? model.step->step_frames() : model.recipe().num_frames;
}

}  // namespace gerund::serve
