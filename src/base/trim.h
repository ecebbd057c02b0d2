// base/trim.h - text without the blanks around it.
#pragma once

#include <string>
#include <string_view>

namespace gerund::base {

/// `text` without those of `blanks` that it begins and ends with.
std::string trim(std::string_view text, std::string_view blanks);

}  // namespace gerund::base
