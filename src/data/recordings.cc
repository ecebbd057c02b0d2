#include "data/recordings.h"

#include <fmt/format.h>

#include <map>
#include <regex>

#include "base/error.h"
#include "data/clip_names.h"
#include "data/table_file.h"

namespace gerund::data {

namespace fs = std::filesystem;

Recordings recordings_by_name(const std::vector<Item>& items) {
  Recordings recordings;
  for (const Item& item : items) {
    const auto told = recording_of(clip_name(item.path), item.label);
    recordings.names.push_back(told ? *told : item.path.string());
    if (!told) ++recordings.num_unknown;
  }
  return recordings;
}

Recordings recordings_by_pattern(const std::vector<Item>& items, const std::string& pattern) {
  std::regex regex;
  try {
    regex = std::regex(pattern);
  } catch (const std::regex_error& error) {
    throw base::UserError(fmt::format("--group: '{}' is no regular expression: {}", pattern, error.what()));
  }
  if (regex.mark_count() != 1)
    throw base::UserError(
        fmt::format("--group: '{}' has {} captures; put brackets around the one part that names the "
                    "recording, e.g. 'person([0-9]+)'",
                    pattern, regex.mark_count()));
  Recordings recordings;
  for (const Item& item : items) {
    const std::string name = clip_name(item.path);
    std::smatch match;
    if (!std::regex_search(name, match, regex))
      throw base::UserError(fmt::format("--group: '{}' does not fit '{}' ({}); every clip needs its recording", pattern,
                                        name, item.path.string()));
    recordings.names.push_back(match[1]);
  }
  return recordings;
}

Recordings recordings_by_table(const std::vector<Item>& items, const fs::path& root, const fs::path& path) {
  const Table table = read_table(path);
  const size_t clip = table.column("path"), group = table.column("group");
  std::map<fs::path, std::string> groups;
  for (const Table::Row& row : table.rows) groups[fs::path(row.fields[clip]).lexically_normal()] = row.fields[group];
  Recordings recordings;
  for (const Item& item : items) {
    const fs::path relative = item.path.lexically_relative(root).lexically_normal();
    const auto found = groups.find(relative);
    if (found == groups.end() || found->second.empty())
      throw base::UserError(fmt::format("{}: names no group for {}; add a line \"{},GROUP\"", path.string(),
                                        relative.string(), relative.string()));
    recordings.names.push_back(found->second);
  }
  return recordings;
}

}  // namespace gerund::data
