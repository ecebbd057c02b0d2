#include "spec/override.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "base/error.h"
#include "base/trim.h"
#include "base/utf8.h"
#include "spec/resolve.h"

namespace gerund::spec {
namespace {

constexpr int kMostLevels = 32;
constexpr std::string_view kBlanks = " \t\r\n";

/// Reads one value by recursive descent.
class ValueParser {
 public:
  ValueParser(std::string text, std::string place) : text_(std::move(text)), place_(std::move(place)) {}

  Value parse(const std::string& name) {
    Value value = parse_value(name, "", 0);
    skip_blanks();
    if (at_ < text_.size()) refuse(fmt::format("cannot read '{}' after the value", excerpt(text_.substr(at_))));
    return value;
  }

 private:
  /// `ends` are the characters that end bare text: none at the top, so that paths may hold commas and brackets.
  Value parse_value(const std::string& name, std::string_view ends, int level) {
    if (level > kMostLevels) refuse(fmt::format("nests deeper than {} levels", kMostLevels));
    skip_blanks();
    Value value;
    value.place = place_;
    value.name = name;
    if (peek() == '[') {
      parse_list(value, level);
    } else if (peek() == '{') {
      parse_block(value, level);
    } else {
      const bool quoted = peek() == '\'' || peek() == '"';
      value.text = quoted ? parse_quoted() : parse_bare(ends);
      const bool is_null = !quoted && (value.text == "null" || value.text == "Null" || value.text == "NULL");
      value.kind = is_null ? Value::Kind::kNull : Value::Kind::kScalar;
    }
    return value;
  }

  void parse_list(Value& list, int level) {
    list.kind = Value::Kind::kList;
    ++at_;
    if (accept(']')) return;
    do {
      const std::string name = fmt::format("{}[{}]", list.name, list.items.size());
      list.items.push_back(parse_value(name, ",]", level + 1));
    } while (accept(','));
    if (!accept(']')) refuse("has a list without its ']'");
  }

  void parse_block(Value& block, int level) {
    block.kind = Value::Kind::kMap;
    ++at_;
    if (accept('}')) return;
    do {
      skip_blanks();
      const bool quoted = peek() == '\'' || peek() == '"';
      const std::string key = quoted ? parse_quoted() : parse_bare(":,}");
      for (const Entry& entry : block.entries) {
        if (entry.key == key) refuse(fmt::format("gives '{}' twice", excerpt(key)));
      }
      if (!accept(':')) refuse(fmt::format("has no ':' after the key '{}'", excerpt(key)));
      block.entries.push_back({key, parse_value(join_key(block.name, key), ",}", level + 1)});
    } while (accept(','));
    if (!accept('}')) refuse("has a block without its '}'");
  }

  std::string parse_quoted() {
    const char quote = text_[at_++];
    std::string result;
    size_t num_slashes = 0;  // that stand right before at_
    for (; at_ < text_.size(); ++at_) {
      const bool is_quote = text_[at_] == quote;
      if (is_quote) result.resize(result.size() - (num_slashes + 1) / 2);
      if (is_quote && num_slashes % 2 == 0) break;
      num_slashes = text_[at_] == '\\' ? num_slashes + 1 : 0;
      result += text_[at_];
    }
    if (at_ == text_.size()) refuse(fmt::format("has text without its closing {}", quote));
    ++at_;
    return result;
  }

  /// Up to one of `ends` that is not inside a ${reference}.
  std::string parse_bare(std::string_view ends) {
    constexpr std::string_view kEscapable = "\\()[]{}:=,'\" \t";
    std::string result;
    int open = 0;
    for (; at_ < text_.size(); ++at_) {
      const char byte = text_[at_];
      if (open == 0 && ends.find(byte) != std::string_view::npos) break;
      const bool escape = byte == '\\' && at_ + 1 < text_.size() && kEscapable.find(text_[at_ + 1]) != kEscapable.npos;
      if (escape) ++at_;
      if (byte == '$' && at_ + 1 < text_.size() && text_[at_ + 1] == '{') ++open;
      if (byte == '}' && open > 0) --open;
      result += text_[at_];
    }
    return base::trim(result, kBlanks);
  }

  void skip_blanks() {
    while (at_ < text_.size() && kBlanks.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool accept(char wanted) {
    skip_blanks();
    if (peek() != wanted || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  [[noreturn]] void refuse(const std::string& message) const {
    throw base::UserError(fmt::format("{}: {}", place_, message));
  }

  std::string text_;
  std::string place_;
  size_t at_ = 0;
};

/// The override for messages; a secret is not repeated there.
std::string place_of(const std::string& key, const std::string& text) {
  const bool secret = key == "key" || key == "encryption_key";
  return fmt::format("override '{}'", secret ? key + "=..." : excerpt(text));
}

/// {a: {b: value}} for the key "a.b".
Value inside_blocks(std::string key, Value value) {
  const auto block_of = [place = value.place](const std::string& name, const std::string& entry, Value inner) {
    Value block;
    block.kind = Value::Kind::kMap;
    block.place = place;
    block.name = name;
    block.entries.push_back({entry, std::move(inner)});
    return block;
  };
  for (size_t dot = key.rfind('.'); dot != std::string::npos; dot = key.rfind('.')) {
    value = block_of(key.substr(0, dot), key.substr(dot + 1), std::move(value));
    key.resize(dot);
  }
  return block_of("", key, std::move(value));
}

}  // namespace

Value parse_override(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || base::trim(text.substr(0, equals), kBlanks).empty())
    throw base::UserError(
        fmt::format("override '{}': has no key and '='; write key=value, e.g. train.num_epochs=5", excerpt(text)));
  std::string key = base::trim(text.substr(0, equals), kBlanks);
  key.erase(0, std::min(key.find_first_not_of('+'), size_t{2}));
  const std::string place = place_of(key, text);
  if (!base::is_utf8(text)) throw base::UserError(fmt::format("{}: is not UTF-8 text", place));
  if (std::count(key.begin(), key.end(), '.') > kMostLevels)
    throw base::UserError(fmt::format("{}: nests deeper than {} levels", place, kMostLevels));
  if (key.starts_with('~'))
    throw base::UserError(fmt::format("{}: keys cannot be removed; give the value you want instead", place));
  return inside_blocks(key, ValueParser(text.substr(equals + 1), place).parse(key));
}

std::string quoted_value(const std::string& text) {
  const auto is_safe = [](char byte) {
    return std::isalnum(static_cast<unsigned char>(byte)) != 0 ||
           std::string_view("_-./").find(byte) != std::string_view::npos;
  };
  const bool is_word = text == "null" || text == "Null" || text == "NULL";
  if (!text.empty() && !is_word && std::all_of(text.begin(), text.end(), is_safe)) return text;
  std::string result = "'";
  size_t num_slashes = 0;  // right before the byte
  for (const char byte : escape_references(text)) {
    if (byte == '\'') result += std::string(num_slashes + 1, '\\');
    num_slashes = byte == '\\' ? num_slashes + 1 : 0;
    result += byte;
  }
  return result + std::string(num_slashes, '\\') + "'";
}

Value plain_value(const PlainSetting& setting) {
  if (!base::is_utf8(setting.text)) throw base::UserError(fmt::format("{}: is not UTF-8 text", setting.option));
  Value value;
  value.kind = Value::Kind::kScalar;
  value.text = escape_references(setting.text);
  value.place = setting.option;
  value.name = setting.key;
  return inside_blocks(setting.key, std::move(value));
}

}  // namespace gerund::spec
