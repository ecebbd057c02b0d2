#include "graph/attributes.h"

#include <fmt/format.h>

#include "base/error.h"

namespace gerund::graph {
namespace {

template <typename T>
T attribute(const Node& node, const std::string& name, const T& fallback, const char* wanted) {
  const auto found = node.attributes.find(name);
  if (found == node.attributes.end()) return fallback;
  if (const T* value = std::get_if<T>(&found->second)) return *value;
  throw base::UserError(
      fmt::format("{}: attribute '{}' has the wrong type; {} is wanted", describe(node), name, wanted));
}

}  // namespace

std::string describe(const Node& node) {
  const std::string& name = node.name.empty() && !node.outputs.empty() ? node.outputs.front() : node.name;
  return fmt::format("node '{}' ({})", name, node.op);
}

int64_t int_attribute(const Node& node, const std::string& name, int64_t fallback) {
  return attribute<int64_t>(node, name, fallback, "an integer");
}

float float_attribute(const Node& node, const std::string& name, float fallback) {
  return attribute<float>(node, name, fallback, "a number");
}

std::string text_attribute(const Node& node, const std::string& name, const std::string& fallback) {
  return attribute<std::string>(node, name, fallback, "text");
}

Ints ints_attribute(const Node& node, const std::string& name, const Ints& fallback) {
  return attribute<Ints>(node, name, fallback, "a list of integers");
}

}  // namespace gerund::graph
