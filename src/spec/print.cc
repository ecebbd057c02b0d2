#include "spec/print.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <functional>

#include "base/lower_case.h"
#include "spec/field_table.h"
#include "spec/load.h"
#include "spec/resolve.h"

namespace gerund::spec {
namespace {

/// True for text that every YAML reader takes as this text without quotes.
bool is_plain(const std::string& text) {
  static const std::vector<std::string> kWords = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  const auto is_safe = [](char byte) {
    return std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '_' || byte == '-' || byte == '.' ||
           byte == '/';
  };
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_safe)) return false;
  const bool starts_safely = std::isalpha(static_cast<unsigned char>(text[0])) != 0 || text[0] == '/' || text[0] == '_';
  const bool is_relative_path = text.starts_with("./") || text.starts_with("../");
  return (starts_safely || is_relative_path) &&
         std::find(kWords.begin(), kWords.end(), base::lower_case(text)) == kWords.end();
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\') {
      result += '\\';
      result += byte;
    } else if (code < 0x20U || code == 0x7FU) {
      result += fmt::format("\\x{:02x}", code);
    } else {
      result += byte;
    }
  }
  return result + "\"";
}

/// A key is text as it is; in a value, "${" must not become a reference.
std::string key_text(const std::string& text) {
  return is_plain(text) ? text : quoted(text);
}
std::string text_of(const std::string& text) {
  return key_text(escape_references(text));
}

std::string text_of(int64_t number) {
  return fmt::format("{}", number);
}

/// The shortest digits that read back the same, always with a point, which some YAML readers need in 1.0e-05.
std::string text_of(double number) {
  std::string digits = fmt::format("{}", number);
  if (digits.find('.') != std::string::npos) return digits;
  return digits.insert(std::min(digits.find('e'), digits.size()), ".0");
}

template <typename Item>
std::string text_of(const std::vector<Item>& list) {
  std::vector<std::string> items;
  items.reserve(list.size());
  for (const Item& item : list) items.push_back(text_of(item));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

std::string text_of(bool flag) {
  return flag ? "true" : "false";
}
std::string text_of(const std::optional<std::string>& text) {
  return text ? text_of(*text) : "null";
}
/// The entries of a map follow on lines of their own.
template <typename Number>
std::string text_of(const std::map<std::string, Number>& map) {
  return map.empty() ? "{}" : "";
}

std::string indent(size_t level) {
  return std::string(2 * level, ' ');
}

/// "    walk: 0" for each class, by index.
std::string label_lines(const LabelMap& labels, size_t level) {
  std::vector<std::pair<int64_t, std::string>> by_index;
  for (const auto& [name, index] : labels) by_index.emplace_back(index, name);
  std::sort(by_index.begin(), by_index.end());
  std::string lines;
  for (const auto& [index, name] : by_index) lines += fmt::format("{}{}: {}\n", indent(level), key_text(name), index);
  return lines;
}

std::string number_lines(const NumberMap& numbers, size_t level) {
  std::string lines;
  for (const auto& [name, number] : numbers)
    lines += fmt::format("{}{}: {}\n", indent(level), key_text(name), text_of(number));
  return lines;
}

std::vector<std::string> split(const std::string& key) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= key.size();) {
    const size_t dot = std::min(key.find('.', start), key.size());
    parts.push_back(key.substr(start, dot - start));
    start = dot + 1;
  }
  return parts;
}

}  // namespace

std::string value_text(const Field& field) {
  // The names of a choice are known to be safe, "2d" as well.
  if (!field.range.choices.empty()) return *std::get<std::string*>(field.member);
  return std::visit([](const auto* member) { return text_of(*member); }, field.member);
}

namespace {

std::string print_fields(const Experiment& experiment, const std::function<bool(const Field&)>& is_wanted) {
  Experiment copy = experiment;
  const FieldTable table(copy);
  std::string yaml;
  std::vector<std::string> open;  // blocks that the line before stands in
  for (const Field& field : table.fields()) {
    if (!is_wanted(field)) continue;
    std::vector<std::string> blocks = split(field.key);
    const std::string name = blocks.back();
    blocks.pop_back();
    size_t level = 0;
    while (level < std::min(open.size(), blocks.size()) && open[level] == blocks[level]) ++level;
    for (; level < blocks.size(); ++level) yaml += fmt::format("{}{}:\n", indent(level), blocks[level]);
    const std::string value = value_text(field);
    yaml += fmt::format("{}{}:{}{}\n", indent(blocks.size()), name, value.empty() ? "" : " ", value);
    if (const auto* labels = std::get_if<LabelMap*>(&field.member)) yaml += label_lines(**labels, blocks.size() + 1);
    if (const auto* numbers = std::get_if<NumberMap*>(&field.member))
      yaml += number_lines(**numbers, blocks.size() + 1);
    open = std::move(blocks);
  }
  return yaml;
}

}  // namespace

std::string print(const Experiment& experiment) {
  return print_fields(experiment, [](const Field&) { return true; });
}

std::string print_changes(const Experiment& experiment) {
  const std::vector<std::string> keys = differing_keys(experiment, Experiment{});
  return print_fields(experiment, [&](const Field& field) { return std::ranges::find(keys, field.key) != keys.end(); });
}

std::string print_used(const Experiment& experiment) {
  const std::vector<std::string> keys = differing_keys(experiment, Experiment{});
  return print_fields(experiment, [&](const Field& field) {
    return field.no_effect.empty() || std::ranges::find(keys, field.key) != keys.end();
  });
}

std::vector<std::string> differing_keys(const Experiment& a, const Experiment& b) {
  Experiment copy_a = a;
  Experiment copy_b = b;
  const FieldTable table_a(copy_a);
  const FieldTable table_b(copy_b);
  std::vector<std::string> keys;
  for (size_t i = 0; i < table_a.fields().size(); ++i) {
    const Field& field = table_a.fields()[i];
    const Member& other = table_b.fields()[i].member;
    const bool differs =
        std::visit([&](auto* member) { return *member != *std::get<decltype(member)>(other); }, field.member);
    if (differs) keys.push_back(field.key);
  }
  return keys;
}

}  // namespace gerund::spec
