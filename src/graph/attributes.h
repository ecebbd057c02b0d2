// graph/attributes.h - the attributes of a node, by name and type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/model.h"

namespace gerund::graph {

using Ints = std::vector<int64_t>;

/// "node 'layer1.0.conv1' (Conv)", for messages. A node without a name goes by its first output.
std::string describe(const Node& node);

/// The attribute `name`, or `fallback` where the node has none. Each throws UserError naming node and attribute where
/// it has another type.
int64_t int_attribute(const Node& node, const std::string& name, int64_t fallback);
float float_attribute(const Node& node, const std::string& name, float fallback);
std::string text_attribute(const Node& node, const std::string& name, const std::string& fallback);
Ints ints_attribute(const Node& node, const std::string& name, const Ints& fallback);

}  // namespace gerund::graph
