// base/sha256.h - names bytes by their SHA-256 (FIPS 180-4).
#pragma once

#include <string>
#include <string_view>

namespace gerund::base {

/// 64 hexadecimal digits, lower case.
std::string sha256(std::string_view bytes);

}  // namespace gerund::base
