// graph/metadata.h - the keys and names by which a model file says what it needs and where it comes from. Format:
// docs/formats.md.
#pragma once

#include <string>
#include <vector>

#include "graph/model.h"

namespace gerund::graph {

inline constexpr const char* kFormatKey = "gerund.format";  ///< "1"
inline constexpr const char* kRecipeKey = "gerund.recipe";  ///< JSON of clip/recipe.h
inline constexpr const char* kLabelsKey = "gerund.labels";  ///< JSON array of class names by index
inline constexpr const char* kParametersKey =
    "gerund.parameters";  ///< trainable parameters of the origin, batch norm included, decimal
inline constexpr const char* kOriginKey =
    "gerund.origin";  ///< JSON: checkpoint, epoch, metrics, network, gerund version

/// Of a network that goes on from where it stood: input "state_X" carries what output "next_state_X" gave the last
/// time.
inline constexpr const char* kStatePrefix = "state_";
inline constexpr const char* kNextStatePrefix = "next_state_";

/// The other one of such a pair: "next_state_X" for "state_X" and the other way round; "" for all other names.
std::string other_state(const std::string& name);

/// True for a model with such inputs.
bool carries_state(const Model& model);

/// The labels in the metadata; empty where there are none. Throws UserError naming `origin` where they are not a JSON
/// array of text.
std::vector<std::string> labels_of(const Model& model, const std::string& origin);

}  // namespace gerund::graph
