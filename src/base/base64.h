// base/base64.h - bytes as text that fits into JSON and web pages.
#pragma once

#include <string>
#include <string_view>

namespace gerund::base {

/// RFC 4648, section 4: the standard alphabet, padded with '='.
std::string base64(std::string_view bytes);

}  // namespace gerund::base
