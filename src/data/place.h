// data/place.h - puts clips at a new place without touching the old one.
#pragma once

#include <filesystem>

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

}  // namespace gerund::data
