// base/csv.h - a field of a line of comma-separated values.
#pragma once

#include <string>
#include <string_view>

namespace gerund::base {

/// The text as RFC 4180 has it: in quotes where it holds a comma, a quote or the end of a line.
std::string csv_field(std::string_view text);

}  // namespace gerund::base
