#include "predict/inputs.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "data/dataset.h"
#include "data/flow_source.h"
#include "media/frame_source.h"

namespace gerund::predict {
namespace {

namespace fs = std::filesystem;

/// The clips at or below `path`. `above`: the folders on the way to it, where links that go round in circles end.
void collect(const fs::path& path, std::vector<fs::path>& above, std::vector<fs::path>& found) {
  std::error_code unreadable;
  if (!fs::is_directory(path, unreadable)) {
    if (media::is_video_file(path)) found.push_back(path);
    return;
  }
  if (media::is_frame_folder(path) || data::is_flow_folder(path)) {
    found.push_back(path);
    return;
  }
  const fs::path folder = fs::canonical(path, unreadable);
  if (std::ranges::find(above, folder) != above.end()) return;
  above.push_back(folder);
  for (const fs::path& entry : data::entries_of(path)) collect(entry, above, found);
  above.pop_back();
}

std::vector<fs::path> expand(const std::string& name) {
  std::error_code unreadable;
  if (fs::exists(fs::symlink_status(name, unreadable))) return {name};
  struct Matches {
    glob_t list{};
    ~Matches() { globfree(&list); }
  } matches;
  if (glob(name.c_str(), 0, nullptr, &matches.list) != 0)
    throw base::UserError(fmt::format("{}: no such file, folder or matching name", name));
  return {matches.list.gl_pathv, matches.list.gl_pathv + matches.list.gl_pathc};
}

}  // namespace

std::vector<data::Item> find_inputs(const std::vector<std::string>& names) {
  std::vector<data::Item> items;
  for (const std::string& name : names) {
    std::vector<fs::path> found;
    for (const fs::path& path : expand(name)) {
      // A file named by hand is opened whatever its name ends in: opening says what is wrong with it.
      std::error_code unreadable;
      if (fs::is_regular_file(path, unreadable)) {
        found.push_back(path);
      } else {
        std::vector<fs::path> above;
        collect(path, above, found);
      }
    }
    if (found.empty())
      throw base::UserError(
          fmt::format("{}: holds no video (.avi .mp4 .mkv .mov .webm) and no folder of frames", name));
    for (fs::path& path : found) {
      data::Item item;
      item.path = std::move(path);
      items.push_back(std::move(item));
    }
  }
  return items;
}

}  // namespace gerund::predict
