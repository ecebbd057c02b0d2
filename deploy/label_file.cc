#include "deploy/label_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/trim.h"
#include "deploy/config_text.h"
#include "spec/value.h"

namespace gerund::deploy {
namespace {

using base::UserError;
using nlohmann::json;
using Names = std::vector<std::string>;
using Pairs = std::vector<std::pair<size_t, std::string>>;  // {class index, name}

constexpr const char* kBlanks = " \t\r\n\v\f";

/// The parts of `text` between separators, trimmed. With `quotes`, a part in double quotes may hold separators, and ""
/// in it is one quote (RFC 4180).
Names split(const std::string& text, const std::string& separators, bool quotes) {
  Names parts(1);
  bool is_quoted = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (quotes && text[at] == '"') {
      const bool is_doubled = is_quoted && text.compare(at, 2, "\"\"") == 0;
      if (is_doubled) parts.back() += text[at++];
      if (!is_doubled) is_quoted = !is_quoted;
    } else if (!is_quoted && separators.find(text[at]) != std::string::npos) {
      parts.emplace_back();
    } else {
      parts.back() += text[at];
    }
  }
  for (std::string& part : parts) part = base::trim(part, kBlanks);
  return parts;
}

std::optional<size_t> index_of(const std::string& text) {
  size_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return index;
}

/// {index, name} pairs in any order as names by index.
Names in_order(Pairs pairs, const std::string& file) {
  std::sort(pairs.begin(), pairs.end());
  Names names;
  for (auto& [index, name] : pairs) {
    if (index != names.size())
      throw UserError(fmt::format("{}: has the index {} where {} comes next; allowed: each of 0 to {} once", file,
                                  index, names.size(), pairs.size() - 1));
    names.push_back(std::move(name));
  }
  return names;
}

std::string name_in(const json& value, const std::string& file) {
  if (!value.is_string())
    throw UserError(fmt::format("{}: {} is no class name; write it in quotes", file, spec::excerpt(value.dump())));
  return base::trim(value.get<std::string>(), kBlanks);
}

Names names_of_json(const std::string& text, const std::string& file) {
  const json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) throw UserError(file + ": starts like JSON and is none; mend it, or write a name per line");
  if (value.is_array()) {
    Names names;
    for (const json& item : value) names.push_back(name_in(item, file));
    return names;
  }
  Pairs pairs;
  for (const auto& [key, item] : value.items()) {
    const std::optional<size_t> index = index_of(key);
    if (item.is_number_unsigned()) {
      pairs.emplace_back(item.get<size_t>(), base::trim(key, kBlanks));
    } else if (index) {
      pairs.emplace_back(*index, name_in(item, file));
    } else {
      throw UserError(fmt::format("{}: '{}' is no class index; allowed: {{\"0\": \"walk\"}} or {{\"walk\": 0}}", file,
                                  spec::excerpt(key)));
    }
  }
  return in_order(std::move(pairs), file);
}

/// The {index, name} pairs of lines with two cells, or nothing where the lines are something else. The first line may
/// be a header.
Pairs pairs_of_table(const Names& lines, size_t index_column) {
  Pairs pairs;
  for (const std::string& line : lines) {
    const Names cells = split(line, ",", true);
    const std::optional<size_t> index = cells.size() == 2 ? index_of(cells[index_column]) : std::nullopt;
    if (index) {
      pairs.emplace_back(*index, cells[1 - index_column]);
    } else if (cells.size() != 2 || &line != &lines.front()) {
      return {};
    }
  }
  return pairs;
}

Names without_end(Names names) {
  while (!names.empty() && names.back().empty()) names.pop_back();
  return names;
}

/// "a;b;" gives two names: only between names a ';' without one is a mistake.
Names names_of_semicolons(const Names& lines) {
  Names names;
  for (const std::string& line : lines) {
    for (std::string& name : without_end(split(line, ";", false))) names.push_back(std::move(name));
  }
  return names;
}

Names names_of_lines(const std::string& text, const std::string& file) {
  Names lines = split(text, "\n", false);
  lines.erase(std::remove(lines.begin(), lines.end(), ""), lines.end());
  if (text.find(';') != std::string::npos) return names_of_semicolons(lines);
  if (lines.size() == 1) return without_end(split(lines[0], ",", true));
  for (const size_t index_column : {size_t{0}, size_t{1}}) {
    Pairs pairs = pairs_of_table(lines, index_column);
    if (!pairs.empty()) return in_order(std::move(pairs), file);
  }
  for (std::string& line : lines) {
    const bool is_quoted = line.size() > 1 && line.front() == '"' && line.back() == '"';
    if (is_quoted) line = split(line, "", true)[0];
  }
  return lines;
}

}  // namespace

Names parse_labels(const std::string& text, const std::string& name) {
  const std::string content = base::trim(text, kBlanks);
  const bool is_json = content.starts_with('[') || content.starts_with('{');
  Names names = is_json ? names_of_json(content, name) : names_of_lines(content, name);
  if (names.empty())
    throw UserError(fmt::format("{}: has no class names; write one per line, or all with ; between them", name));
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) throw UserError(fmt::format("{}: class {} has no name; give it one", name, i));
  }
  return names;
}

Names read_labels(const std::filesystem::path& path) {
  return parse_labels(read_config_text(path), path.string());
}

}  // namespace gerund::deploy
