// spec/value.h - one value as the user wrote it, before types: text, list or block, with the place it came from.
#pragma once

#include <string>
#include <vector>

namespace gerund::spec {

struct Entry;

/// A node of a spec file or of an override.
struct Value {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  std::string text;            ///< Of a scalar, without quotes.
  std::vector<Value> items;    ///< Of a list.
  std::vector<Entry> entries;  ///< Of a block, in the order of the file.
  std::string place;           ///< "spec.yaml:12" or "override 'a.b=c'".
  std::string name;            ///< Dotted key as the user wrote it, in the dialect of the user.
};

struct Entry {
  std::string key;
  Value value;
};

/// Throws UserError "PLACE: NAME: message".
[[noreturn]] void fail(const Value& value, const std::string& message);

/// The value for a message: 'text' (cut when long), null, a list, a block.
std::string describe(const Value& value);

/// "a.b" from "a" and "b"; "b" when `block` is "".
std::string join_key(const std::string& block, const std::string& key);

/// True for a scalar that says "must be given": "???" and "??".
bool is_placeholder(const std::string& text);

/// `text` for a message: at most some 80 characters, without line breaks.
std::string excerpt(const std::string& text);

}  // namespace gerund::spec
