#include "graph/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace gerund::graph {

std::string other_state(const std::string& name) {
  const std::string state = kStatePrefix, next = kNextStatePrefix;
  if (name.starts_with(state)) return next + name.substr(state.size());
  if (name.starts_with(next)) return state + name.substr(next.size());
  return "";
}

bool carries_state(const Model& model) {
  return std::any_of(model.inputs.begin(), model.inputs.end(),
                     [](const Value& input) { return input.name.starts_with(kStatePrefix); });
}

std::vector<std::string> labels_of(const Model& model, const std::string& origin) {
  const auto found = model.metadata.find(kLabelsKey);
  if (found == model.metadata.end()) return {};
  const nlohmann::json labels = nlohmann::json::parse(found->second, nullptr, false);
  const bool is_text_list =
      labels.is_array() &&
      std::all_of(labels.begin(), labels.end(), [](const nlohmann::json& label) { return label.is_string(); });
  if (!is_text_list) {
    throw base::UserError(
        fmt::format("{}: metadata '{}' is '{}'; a JSON array of class names such as [\"walk\", \"run\"] "
                    "is wanted; export the model again",
                    origin, kLabelsKey, found->second.substr(0, 80)));
  }
  return labels.get<std::vector<std::string>>();
}

}  // namespace gerund::graph
