// base/utf8.h - text that may not be text: names of files are any bytes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace gerund::base {

/// True where `text` is UTF-8 as YAML, JSON and web pages want it.
bool is_utf8(std::string_view text);

/// A JSON document as text, `indent` spaces a level, -1 for one line. Bytes that are not UTF-8 become U+FFFD.
template <typename Json>
std::string json_text(const Json& document, int indent = -1) {
  return document.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gerund::base
