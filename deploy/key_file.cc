#include "deploy/key_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/trim.h"

namespace gerund::deploy {
namespace {

using base::UserError;
using spec::Value;

constexpr size_t kMostBytes = 1 << 20;
constexpr int kMostLines = 20000;
constexpr std::string_view kBlanks = " \t\r\v\f";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The value of `key` in `block`, made where it is missing.
Value& slot(Value& block, const std::string& key) {
  for (spec::Entry& entry : block.entries) {
    if (entry.key == key) return entry.value;
  }
  block.entries.push_back({key, {}});
  return block.entries.back().value;
}

/// Takes lines one by one and grows the block of groups.
class LineReader {
 public:
  explicit LineReader(std::string name) : name_(std::move(name)) {
    top_.kind = Value::Kind::kMap;
    top_.place = name_;
  }

  void take(std::string_view text) {
    ++line_;
    const std::string line = base::trim(text, kBlanks);
    if (line.empty() || line[0] == '#' || line[0] == ';') return;
    if (line_ > kMostLines) refuse(fmt::format("is one line too many; allowed: {}", kMostLines));
    const size_t equals = line.find('=');
    if (line[0] == '[' && line.back() == ']') {
      open_group(base::trim(line.substr(1, line.size() - 2), kBlanks));
    } else if (equals == std::string::npos || equals == 0) {
      refuse(fmt::format("'{}' is neither [group], key=value nor # comment", spec::excerpt(line)));
    } else {
      add(base::trim(line.substr(0, equals), kBlanks), base::trim(line.substr(equals + 1), kBlanks));
    }
  }

  Value top() { return std::move(top_); }

 private:
  void open_group(const std::string& group) {
    if (group.empty()) refuse("'[]' names no group");
    group_ = group;
    Value& block = slot(top_, group);
    if (block.kind == Value::Kind::kMap) return;
    block.kind = Value::Kind::kMap;
    block.place = place();
    block.name = group;
  }

  void add(const std::string& key, const std::string& text) {
    if (group_.empty()) refuse(fmt::format("the key '{}' stands before the first [group]", spec::excerpt(key)));
    Value& value = slot(slot(top_, group_), key);
    value.kind = Value::Kind::kScalar;
    value.text = text;
    value.place = place();
    value.name = key;
  }

  std::string place() const { return fmt::format("{}:{}", name_, line_); }
  [[noreturn]] void refuse(const std::string& message) const {
    throw UserError(fmt::format("{}: {}", place(), message));
  }

  std::string name_;
  Value top_;
  std::string group_;
  int line_ = 0;
};

}  // namespace

Value parse_key_file(const std::string& text, const std::string& name) {
  if (text.size() > kMostBytes)
    throw UserError(fmt::format("{}: has {} bytes; a configuration has at most {}", name, text.size(), kMostBytes));
  std::string_view rest = text;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  LineReader reader(name);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    reader.take(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return reader.top();
}

const Value* find_value(const Value& block, const std::string& key) {
  for (const spec::Entry& entry : block.entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Value list_of(const Value& value) {
  if (value.kind != Value::Kind::kScalar) return value;
  Value list = value;
  list.kind = Value::Kind::kList;
  list.text.clear();
  std::string item;
  const auto close_item = [&] {
    Value one = value;
    one.text = base::trim(item, kBlanks);
    list.items.push_back(std::move(one));
    item.clear();
  };
  for (size_t at = 0; at < value.text.size(); ++at) {
    const bool is_escaped = value.text.compare(at, 2, "\\;") == 0;
    if (is_escaped) ++at;
    if (value.text[at] == ';' && !is_escaped) {
      close_item();
    } else {
      item += value.text[at];
    }
  }
  if (!base::trim(item, kBlanks).empty()) close_item();
  return list;
}

Value plain_text(const Value& value) {
  constexpr std::string_view kLetters = "sntr\\";
  constexpr std::string_view kMeanings = " \n\t\r\\";
  Value plain = value;
  plain.text.clear();
  for (size_t at = 0; at < value.text.size(); ++at) {
    const size_t letter = at + 1 < value.text.size() ? kLetters.find(value.text[at + 1]) : std::string_view::npos;
    const bool is_escape = value.text[at] == '\\' && letter != std::string_view::npos;
    plain.text += is_escape ? kMeanings[letter] : value.text[at];
    if (is_escape) ++at;
  }
  return plain;
}

Value without_remark(const Value& value) {
  Value plain = value;
  for (size_t at = 1; at < value.text.size(); ++at) {
    if (value.text[at] != '#' || kBlanks.find(value.text[at - 1]) == std::string_view::npos) continue;
    plain.text = base::trim(value.text.substr(0, at), kBlanks);
    break;
  }
  return plain;
}

}  // namespace gerund::deploy
