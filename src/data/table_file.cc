#include "data/table_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"

namespace gerund::data {
namespace {

/// Takes one row off the front of `text`; counts the lines it goes over.
std::vector<std::string> take_row(std::string_view& text, int64_t& line, const std::string& name) {
  std::vector<std::string> fields(1);
  const int64_t first_line = line;
  bool quoted = false;
  size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') ++line;
    if (quoted) {
      if (c != '"') {
        fields.back() += c;
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        fields.back() += text[++at];
      } else {
        quoted = false;
      }
    } else if (c == '"' && fields.back().empty()) {
      quoted = true;
    } else if (c == ',') {
      fields.emplace_back();
    } else if (c == '\n') {
      ++at;
      break;
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  if (quoted)
    throw base::UserError(fmt::format("{}:{}: a quoted field does not end; close it with \"", name, first_line));
  text.remove_prefix(at);
  return fields;
}

}  // namespace

bool Table::has(const std::string& name) const {
  return std::ranges::find(columns, name) != columns.end();
}

size_t Table::column(const std::string& name) const {
  const auto found = std::ranges::find(columns, name);
  if (found == columns.end())
    throw base::UserError(fmt::format("{}: has no column \"{}\"; its first line names {}", path.string(), name,
                                      fmt::join(columns, ", ")));
  return static_cast<size_t>(found - columns.begin());
}

Table read_table(const std::filesystem::path& path) {
  const std::string bytes = base::read_file(path);
  std::string_view text = bytes;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Table table{path, {}, {}};
  for (int64_t line = 1; !text.empty();) {
    const int64_t first_line = line;
    std::vector<std::string> fields = take_row(text, line, path.string());
    if (fields.size() == 1 && fields[0].empty()) continue;
    if (table.columns.empty()) {
      table.columns = std::move(fields);
    } else if (fields.size() != table.columns.size()) {
      throw base::UserError(fmt::format("{}:{}: has {} fields where the first line has {}", path.string(), first_line,
                                        fields.size(), table.columns.size()));
    } else {
      table.rows.push_back({first_line, std::move(fields)});
    }
  }
  if (table.columns.empty())
    throw base::UserError(fmt::format("{}: is empty; its first line must name the columns", path.string()));
  return table;
}

}  // namespace gerund::data
