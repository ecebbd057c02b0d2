#include "train/parameter_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.h"

namespace gerund::train {

bool begins_name(const std::string& beginning, const std::string& name) {
  return name.starts_with(beginning) && (name.size() == beginning.size() || name[beginning.size()] == '.');
}

const std::string* longest_beginning(const std::vector<std::string>& beginnings, const std::string& name) {
  const std::string* longest = nullptr;
  for (const std::string& beginning : beginnings) {
    if (begins_name(beginning, name) && (longest == nullptr || beginning.size() > longest->size()))
      longest = &beginning;
  }
  return longest;
}

void check_beginnings(const std::string& key, const std::vector<std::string>& beginnings,
                      const nets::Network& network) {
  std::set<std::string> parts;
  for (const std::string& beginning : beginnings) {
    bool is_known = false;
    for (const auto& item : network.named_parameters()) {
      is_known = is_known || begins_name(beginning, item.key());
      parts.insert(item.key().substr(0, item.key().find('.')));
    }
    if (!is_known) {
      throw base::UserError(fmt::format("{}: no parameter's name begins with '{}'; allowed: {}, and longer beginnings",
                                        key, beginning, fmt::join(parts, ", ")));
    }
  }
}

}  // namespace gerund::train
