// data/recordings.h - which clips were cut from one recording and must not be torn apart by a split.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace gerund::data {

/// The recording of each clip; two clips with the same name belong together, whatever their class.
struct Recordings {
  std::vector<std::string> names;  ///< One per item.
  std::vector<bool> is_unknown;    ///< One per item: nothing tells its recording, so that it is one of its own.

  int64_t num_unknown() const;
  /// Clips of the same key, such as the hash of their bytes, belong together too; "" is no key.
  void join(const std::vector<std::string>& keys);
};

/// By the clips' names (data/clip_names.h). What they only seem to tell counts where every class has two recordings or
/// more by it, and where they tell it by no word, four in all: else a word that all clips share would be taken for one.
/// A clip and its mirror image belong together in any case.
Recordings recordings_by_name(const std::vector<Item>& items);
/// "6 recordings by the clips' names (person0, person1, person2, ...)", for the user to see how clips are kept
/// together;
/// "" where no name tells any.
std::string describe(const Recordings& recordings);
/// By what the one capture of `pattern` (ECMAScript) finds in a clip's name without extension. Throws UserError where
/// the pattern is wrong, has no or several captures, or does not find a clip's.
Recordings recordings_by_pattern(const std::vector<Item>& items, const std::string& pattern);
/// By a CSV file with columns path (class/clip.avi, relative to `root`) and group. Throws UserError where a clip is not
/// in it.
Recordings recordings_by_table(const std::vector<Item>& items, const std::filesystem::path& root,
                               const std::filesystem::path& table);

}  // namespace gerund::data
