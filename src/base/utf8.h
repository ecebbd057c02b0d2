// base/utf8.h - text that may not be text: names of files are any bytes.
#pragma once

#include <locale.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace gerund::base {

/// True where `text` is UTF-8 as YAML, JSON and web pages want it.
bool is_utf8(std::string_view text);

/// While one lives, the C library takes the characters of this thread for UTF-8; where the system lacks C.UTF-8, all
/// stays as it is.
class Utf8Characters {
 public:
  Utf8Characters();
  ~Utf8Characters();
  Utf8Characters(const Utf8Characters&) = delete;
  Utf8Characters& operator=(const Utf8Characters&) = delete;

 private:
  const locale_t before_;
};

/// A JSON document as text, `indent` spaces a level, -1 for one line. Bytes that are not UTF-8 become U+FFFD.
template <typename Json>
std::string json_text(const Json& document, int indent = -1) {
  return document.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gerund::base
