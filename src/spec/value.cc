#include "spec/value.h"

#include <fmt/format.h>

#include "base/error.h"

namespace gerund::spec {

void fail(const Value& value, const std::string& message) {
  throw base::UserError(fmt::format("{}: {}: {}", value.place, excerpt(value.name), message));
}

std::string describe(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kScalar:
      return fmt::format("'{}'", excerpt(value.text));
    case Value::Kind::kList:
      return "a list";
    case Value::Kind::kMap:
      return "a block";
  }
  return "nothing";
}

std::string join_key(const std::string& block, const std::string& key) {
  return block.empty() ? key : block + "." + key;
}

bool is_placeholder(const std::string& text) {
  return text == "???" || text == "??";
}

std::string excerpt(const std::string& text) {
  constexpr size_t kMost = 80;
  size_t length = text.size();
  if (length > kMost) {
    length = kMost;
    // A character of several bytes (UTF-8) is not cut in two: bytes 10xxxxxx continue one.
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  }
  std::string shown = text.substr(0, length);
  for (char& byte : shown) {
    if (static_cast<unsigned char>(byte) < 0x20U) byte = ' ';
  }
  return length < text.size() ? shown + "..." : shown;
}

}  // namespace gerund::spec
