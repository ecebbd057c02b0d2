#include "predict/describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "base/utf8.h"
#include "clip/recipe.h"
#include "graph/metadata.h"
#include "graph/onnx_file.h"
#include "graph/transform.h"
#include "nets/architecture.h"
#include "nets/checkpoint.h"
#include "nets/export_model.h"
#include "nets/fresh.h"
#include "nets/lower.h"
#include "predict/loaded_model.h"
#include "spec/load.h"

namespace gerund::predict {
namespace {

using nlohmann::json;

std::optional<int64_t> macs_of_one_clip(const graph::Model& model) {
  std::map<std::string, tensor::Shape> shapes;
  for (const graph::Value& input : model.inputs) {
    tensor::Shape shape = input.shape;
    if (!shape.empty() && shape[0] == -1) shape[0] = 1;
    for (int64_t extent : shape) {
      if (extent < 0) return std::nullopt;
    }
    shapes[input.name] = shape;
  }
  return graph::count_macs(model, shapes);
}

Description describe_graph(const graph::Model& model) {
  Description description;
  description.network = model.name;
  description.inputs = model.inputs;
  description.outputs = model.outputs;
  description.macs = macs_of_one_clip(model);
  return description;
}

int64_t count_weights(const graph::Model& model) {
  int64_t count = 0;
  for (const auto& [name, value] : model.initializers) {
    if (value.dtype() == tensor::DType::f32) count += value.size();
  }
  return count;
}

/// What export counted; nullopt where it did not, or another program wrote the file.
std::optional<nets::StepCost> step_cost_of(const json& origin) {
  const auto number = [&](const char* key) {
    return origin.is_object() && origin.contains(key) && origin[key].is_number();
  };
  if (!number("step_frames") || !number("macs_per_frame") || !number("centered_macs_per_frame")) return std::nullopt;
  return nets::StepCost{origin["step_frames"].get<int64_t>(), origin["macs_per_frame"].get<double>(),
                        origin["centered_macs_per_frame"].get<double>()};
}

Description describe_onnx(const std::filesystem::path& path, const std::string& key) {
  const graph::Model model = graph::read_onnx(path, key);
  Description description = describe_graph(model);
  description.kind = "onnx";
  const auto text = [&](const char* entry, const std::string& otherwise) {
    const auto found = model.metadata.find(entry);
    return found == model.metadata.end() ? otherwise : found->second;
  };
  try {
    const std::string parameters = text(graph::kParametersKey, "");
    description.parameters = parameters.empty() ? count_weights(model) : std::stoll(parameters);
  } catch (const std::logic_error&) {
    throw base::UserError(
        fmt::format("{}: metadata '{}' is not a number; take another copy", path.string(), graph::kParametersKey));
  }
  description.recipe = text(graph::kRecipeKey, "null");
  if (description.recipe != "null")
    description.recipe = clip::to_json(clip::recipes_from_json(description.recipe, path.string()));
  description.labels = graph::labels_of(model, path.string());
  const json origin = json::parse(text(graph::kOriginKey, "{}"), nullptr, false);
  if (origin.is_discarded())
    throw base::UserError(
        fmt::format("{}: metadata '{}' is not JSON; take another copy", path.string(), graph::kOriginKey));
  description.origin = base::json_text(origin);
  description.step_cost = step_cost_of(origin);
  return description;
}

Description describe_checkpoint(const std::filesystem::path& path, const std::string& key) {
  const nets::Checkpoint checkpoint = nets::load_checkpoint(path, key);
  const graph::Model model = nets::export_model(checkpoint, path.filename().string());
  Description description = describe_graph(model);
  description.kind = "checkpoint";
  description.parameters = nets::num_parameters(checkpoint.weights);
  description.recipe = checkpoint.recipe;
  description.labels = checkpoint.labels;
  description.origin = model.metadata.at(graph::kOriginKey);
  description.step_cost = step_cost_of(json::parse(description.origin));
  return description;
}

Description describe_spec(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
  const spec::Loaded loaded = spec::load(path, overrides);
  for (const std::string& warning : loaded.warnings) base::log_warning(warning);
  const nets::Architecture architecture = nets::make_architecture(loaded.experiment);
  if (const std::string warning = nets::colour_warning(loaded.experiment); !warning.empty()) base::log_warning(warning);
  const auto weights = nets::fresh_weights(architecture);
  const spec::ModelSpec& model = loaded.experiment.model;
  Description description = describe_graph(nets::lower(architecture, weights, model.input_height, model.input_width));
  if (architecture.causal)
    description.step_cost =
        nets::step_cost(architecture, weights, model.input_height, model.input_width, spec::kPositionFrames);
  description.kind = "spec";
  description.parameters = nets::num_parameters(weights);
  description.recipe = clip::to_json(clip::make_recipes(loaded.experiment));
  description.labels = nets::labels_of(loaded.experiment);
  description.origin = json::object().dump();
  return description;
}

std::string list_values(const std::vector<graph::Value>& values) {
  std::vector<std::string> parts;
  for (const graph::Value& value : values) {
    std::vector<std::string> extents;
    for (int64_t extent : value.shape) extents.push_back(extent < 0 ? "N" : std::to_string(extent));
    parts.push_back(fmt::format("{} [{}]", value.name, fmt::join(extents, ", ")));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

json values_to_json(const std::vector<graph::Value>& values) {
  json list = json::array();
  for (const graph::Value& value : values) list.push_back({{"name", value.name}, {"shape", value.shape}});
  return list;
}

}  // namespace

Description describe(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                     const std::string& key) {
  const bool is_spec = path.extension() == ".yaml" || path.extension() == ".yml";
  if (!is_spec && !overrides.empty())
    throw base::UserError(
        fmt::format("{}: overrides such as '{}' change a spec only", path.string(), overrides.front()));
  Description description = is_spec                     ? describe_spec(path, overrides)
                            : serve::is_onnx_path(path) ? describe_onnx(path, key)
                                                        : describe_checkpoint(path, key);
  description.path = path.string();
  return description;
}

std::string to_text(const Description& description) {
  std::string text = fmt::format("{}: {}\n", description.path, description.kind);
  const auto line = [&](const char* name, const std::string& value) {
    text += fmt::format("  {:<12}{}\n", name, value);
  };
  line("network", description.network);
  line("inputs", list_values(description.inputs));
  line("outputs", list_values(description.outputs));
  line("parameters",
       fmt::format("{:.3f} M ({})", static_cast<double>(description.parameters) * 1e-6, description.parameters));
  const bool is_step = description.inputs.size() > 1;
  line("macs", description.macs ? fmt::format("{:.3f} G per {}", static_cast<double>(*description.macs) * 1e-9,
                                              is_step ? "step" : "clip")
                                : "depends on a free extent");
  if (const auto& cost = description.step_cost) {
    line("", fmt::format("{:.3f} G per new frame in steps of {}, the centered network {:.3f} G ({:.1f} x)",
                         cost->macs_per_frame * 1e-9, cost->step_frames, cost->centered_macs_per_frame * 1e-9,
                         cost->centered_macs_per_frame / cost->macs_per_frame));
  }
  line("labels", fmt::format("{} ({})", fmt::join(description.labels, ", "), description.labels.size()));
  const json recipe = json::parse(description.recipe);
  for (const auto& [key, value] : recipe.items())
    line(key == recipe.items().begin().key() ? "recipe" : "", fmt::format("{}: {}", key, value.dump()));
  const json origin = json::parse(description.origin);
  for (const auto& [key, value] : origin.items())
    line(key == origin.items().begin().key() ? "origin" : "", fmt::format("{}: {}", key, value.dump()));
  return text;
}

std::string to_json(const Description& description) {
  json result = {{"path", description.path},
                 {"kind", description.kind},
                 {"network", description.network},
                 {"inputs", values_to_json(description.inputs)},
                 {"outputs", values_to_json(description.outputs)},
                 {"parameters", description.parameters},
                 {"macs", description.macs ? json(*description.macs) : json(nullptr)},
                 {"recipe", json::parse(description.recipe)},
                 {"labels", description.labels},
                 {"origin", json::parse(description.origin)}};
  const auto& cost = description.step_cost;
  result["step_frames"] = cost ? json(cost->step_frames) : json(nullptr);
  result["macs_per_frame"] = cost ? json(cost->macs_per_frame) : json(nullptr);
  result["centered_macs_per_frame"] = cost ? json(cost->centered_macs_per_frame) : json(nullptr);
  return base::json_text(result, 2);
}

}  // namespace gerund::predict
