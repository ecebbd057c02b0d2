// base/nearest.h - "did you mean": the known name closest to one that is not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gerund::base {

/// Number of insertions, deletions, substitutions and swaps of neighbours between two strings (optimal string
/// alignment).
int edit_distance(std::string_view a, std::string_view b);

/// The name in `known` nearest to `name` by edit_distance, big and small letters alike, or "" when `known` is empty.
/// Ties: the first.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace gerund::base
