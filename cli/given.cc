#include "cli/given.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gerund::cli {
namespace {

std::vector<spec::Given>& all_given() {
  static std::vector<spec::Given> given;
  return given;
}

bool is_path(const std::string& key) {
  return key.ends_with("_dir") || key.ends_with("_path") || key.ends_with("checkpoint") || key.ends_with("_file");
}

}  // namespace

void remember_given(std::vector<spec::Given> given) {
  all_given() = std::move(given);
}

bool was_given(const std::string& key) {
  return std::ranges::any_of(all_given(), [&](const spec::Given& one) { return one.key == key; });
}

std::string with_place(const std::string& message) {
  for (const spec::Given& one : all_given()) {
    if (message.starts_with(one.key + ": ")) return fmt::format("{}: {}", one.place, message);
    if (is_path(one.key) && !one.text.empty() && message.starts_with(one.text + ": "))
      return fmt::format("{}: {}: {}", one.place, one.key, message);
  }
  return message;
}

}  // namespace gerund::cli
