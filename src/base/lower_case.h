// base/lower_case.h - text in small letters, for names that are compared without regard to case.
#pragma once

#include <string>
#include <string_view>

namespace gerund::base {

/// `text` with the letters A to Z as a to z; every other byte as it is.
std::string lower_case(std::string_view text);

}  // namespace gerund::base
