#include <fmt/format.h>

#include <charconv>
#include <map>
#include <set>

#include "base/error.h"
#include "data/dataset.h"
#include "data/import_sources.h"
#include "data/table_file.h"
#include "media/frame_source.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostNamed = 3;

/// Every video below the folder, by its name without extension.
std::map<std::string, fs::path> videos_below(const fs::path& folder) {
  if (!fs::is_directory(folder))
    throw base::UserError(fmt::format("{}: is no folder; --videos names the one with the clips", folder.string()));
  std::map<std::string, fs::path> videos;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    if (media::is_video_file(entry.path())) videos.emplace(entry.path().stem().string(), entry.path());
  return videos;
}

int64_t seconds_of(const Table& table, const Table::Row& row, size_t column) {
  const std::string& text = row.fields[column];
  double seconds = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !(seconds >= 0 && seconds < 1e6))
    throw base::UserError(fmt::format("{}:{}: {} is '{}'; seconds, 0 to 999999, are wanted", table.path.string(),
                                      row.line, table.columns[column], text));
  return static_cast<int64_t>(seconds);
}

/// A name that is a folder and nothing else.
fs::path folder_named(const Table& table, const Table::Row& row, const std::string& name) {
  if (name.empty() || name.starts_with('.') || name.find('/') != std::string::npos)
    throw base::UserError(
        fmt::format("{}:{}: '{}' cannot be the name of a folder; rename it", table.path.string(), row.line, name));
  return name;
}

}  // namespace

std::vector<Placement> plan_table(const fs::path& path, const fs::path& videos, std::vector<std::string>& warnings) {
  const Table table = read_table(path);
  const size_t label = table.column("label"), id = table.column("youtube_id");
  const size_t start = table.column("time_start"), end = table.column("time_end");
  const std::map<std::string, fs::path> found = videos_below(videos);
  std::vector<Placement> clips;
  std::set<fs::path> targets;
  std::vector<std::string> missing;
  for (const Table::Row& row : table.rows) {
    const std::string name =
        fmt::format("{}_{:06}_{:06}", row.fields[id], seconds_of(table, row, start), seconds_of(table, row, end));
    const auto video = found.find(name);
    if (video == found.end()) {
      missing.push_back(name);
      continue;
    }
    std::string split = table.has("split") ? row.fields[table.column("split")] : "";
    if (split == "validate") split = "val";
    const fs::path folder = split.empty() ? fs::path() : folder_named(table, row, split);
    const fs::path target = folder / folder_named(table, row, row.fields[label]) / video->second.filename();
    if (targets.insert(target).second) clips.push_back({video->second, target});
  }
  if (clips.empty())
    throw base::UserError(fmt::format("{}: none of its {} clips lies below {}; --videos names their folder",
                                      path.string(), table.rows.size(), videos.string()));
  if (!missing.empty()) {
    std::string names;
    for (size_t i = 0; i < std::min(kMostNamed, missing.size()); ++i) names += (i > 0 ? ", " : "") + missing[i];
    warnings.push_back(fmt::format("{}: {} of {} clips are not below {}: {}{}", path.string(), missing.size(),
                                   table.rows.size(), videos.string(), names,
                                   missing.size() > kMostNamed ? ", ..." : ""));
  }
  return clips;
}

}  // namespace gerund::data
