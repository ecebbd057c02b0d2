// data/place.h - puts clips at a new place without touching the old one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/progress.h"

namespace gerund::data {

enum class Placing {
  link,  ///< A symbolic link with the whole path of the source: no disk space, but the source must stay where it is.
  copy,
};

/// Makes `target` a link to or copy of `source`, a file or a folder, whole or not at all; makes missing folders. False
/// where it was that already: the same link, or a copy with files of the same sizes. Throws UserError where `target` is
/// anything else, and where the disk is full or the like; Interrupted between the files of a folder.
///
/// Threads: any, for different targets.
bool place(const std::filesystem::path& source, const std::filesystem::path& target, Placing placing);

struct Placement {
  std::filesystem::path source;
  std::filesystem::path target;  ///< Below the folder that clips are placed in.
};

struct Placed {
  int64_t num_new = 0;
  int64_t num_kept = 0;  ///< Were there already.
};

/// place() for each, with progress. Throws as it does; Interrupted between clips too.
Placed place_all(const std::vector<Placement>& clips, const std::filesystem::path& folder, Placing placing,
                 base::Progress& progress);

}  // namespace gerund::data
