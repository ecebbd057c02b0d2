// data/probe.h - opens every clip of a data set once: how many frames each has, and which cannot be used.
#pragma once

#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "clip/recipe.h"
#include "data/dataset.h"
#include "media/frame_source.h"

namespace gerund::data {

/// A clip that cannot be used.
struct Broken {
  std::filesystem::path path;
  std::string reason;  ///< Without the path.

  bool operator==(const Broken&) const = default;
};

/// The broken clip that `error`, thrown when `path` was opened or decoded, speaks of.
Broken make_broken(const std::filesystem::path& path, const std::exception& error);

/// "ends after 11 of the 36 frames that its header names", of a file that was cut short by a tenth or more; else
/// nullopt.
std::optional<std::string> missing_end(const media::SourceInfo& info);

/// "2 of 30 clips cannot be used:" and a line "  path: reason" for each of the first 20.
std::string describe_broken(const std::vector<Broken>& broken, size_t num_clips);

struct ProbeOptions {
  int num_workers = 2;                      ///< Threads that open clips; 0: the caller's.
  bool strict = false;                      ///< Broken clips, and files cut short, are an error.
  clip::Recipes inputs = clip::Recipes(1);  ///< What is to be seen of each clip: frames, flow, or both.
};

/// The clips of a data set that can be used, and the others.
struct Probed {
  std::vector<Item>
      items;  ///< In the order given, duration_seconds and num_frames (num_frames_of the inputs) filled in.
  std::vector<Broken> broken;
};

/// Opens all `items`, ("Checking clips") on `progress`, and warns of files that were cut short, which are used as far
/// as they go. Throws UserError with describe_broken's text where none can be used, or any cannot as a whole and
/// options.strict is set; Interrupted after Ctrl-C.
Probed probe(const std::vector<Item>& items, const ProbeOptions& options, base::Progress& progress);

}  // namespace gerund::data
