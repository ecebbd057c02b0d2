#include "data/recordings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "base/error.h"
#include "data/clip_names.h"
#include "data/table_file.h"

namespace gerund::data {

namespace fs = std::filesystem;

namespace {

constexpr size_t kFewestByPlace = 4, kFewestOfAClass = 2;

/// What the clips' names seem to tell, where it can part them; nullopt for the others.
std::vector<std::optional<std::string>> likely_recordings(const std::vector<Item>& items) {
  std::vector<std::optional<LikelyRecording>> likely;
  std::set<std::string> by_place;
  for (const Item& item : items) {
    likely.push_back(likely_recording_of(without_copy_mark(clip_name(item.path), item.label), item.label));
    if (likely.back() && !likely.back()->is_named) by_place.insert(likely.back()->name);
  }
  std::vector<std::optional<std::string>> names(items.size());
  std::map<std::string, std::set<std::string>> of_class;
  for (size_t i = 0; i < items.size(); ++i) {
    if (likely[i] && (likely[i]->is_named || by_place.size() >= kFewestByPlace)) names[i] = likely[i]->name;
    of_class[items[i].label].insert(names[i] ? *names[i] : items[i].path.string());
  }
  const bool is_useful = std::all_of(of_class.begin(), of_class.end(),
                                     [](const auto& one) { return one.second.size() >= kFewestOfAClass; });
  if (!is_useful) names.assign(items.size(), std::nullopt);
  return names;
}

}  // namespace

int64_t Recordings::num_unknown() const {
  return std::ranges::count(is_unknown, true);
}

void Recordings::join(const std::vector<std::string>& keys) {
  std::map<std::string, size_t> first;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].empty()) continue;
    const auto [found, is_new] = first.emplace(keys[i], i);
    if (!is_new) std::ranges::replace(names, std::string(names[i]), std::string(names[found->second]));
  }
}

Recordings recordings_by_name(const std::vector<Item>& items) {
  Recordings recordings;
  const std::vector<std::optional<std::string>> likely = likely_recordings(items);
  for (size_t i = 0; i < items.size(); ++i) {
    const Item& item = items[i];
    auto told = recording_of(clip_name(item.path), item.label);
    if (!told) told = likely[i];
    recordings.is_unknown.push_back(!told);
    const auto its_own = [&] { return item.path.parent_path() / without_copy_mark(clip_name(item.path), item.label); };
    recordings.names.push_back(told ? *told : its_own().string());
  }
  return recordings;
}

std::string describe(const Recordings& recordings) {
  constexpr size_t kShown = 3;
  std::set<std::string> told;
  for (size_t i = 0; i < recordings.names.size(); ++i)
    if (!recordings.is_unknown[i]) told.insert(recordings.names[i]);
  if (told.empty()) return "";
  const auto end = std::next(told.begin(), static_cast<std::ptrdiff_t>(std::min(kShown, told.size())));
  return fmt::format("{} recording{} by the clips' names ({}{})", told.size(), told.size() == 1 ? "" : "s",
                     fmt::join(told.begin(), end, ", "), told.size() > kShown ? ", ..." : "");
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
    recordings.is_unknown.push_back(false);
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
    recordings.is_unknown.push_back(false);
  }
  return recordings;
}

}  // namespace gerund::data
