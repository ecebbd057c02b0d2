// data/import.h - published data sets, as they are downloaded, into class/clip folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "data/place.h"

namespace gerund::data {

struct ImportOptions {
  /// One of
  /// - an archive with clips in class folders, or with an archive of its own for every class (HMDB51's rar of rars);
  /// - a folder with class folders, such archives, or UCF101's files v_CLASS_gNN_cNN.avi;
  /// - a table of Kinetics: a .csv with columns label, youtube_id, time_start, time_end and perhaps split; the clips
  /// are
  ///   the files ID_000010_000020.mp4 anywhere below `videos`.
  std::filesystem::path source;
  std::filesystem::path folder;    ///< Where the data set is made. Not inside of `source`.
  std::filesystem::path videos;    ///< Of a table; empty: the folder that the table lies in.
  std::optional<Placing> placing;  ///< nullopt: copies out of archives, links else. Archives cannot be linked.
};

struct Imported {
  int64_t num_new = 0;                ///< Clips put there now.
  int64_t num_kept = 0;               ///< Clips that were there already.
  std::vector<std::string> warnings;  ///< One sentence for each thing left out.
};

/// Makes folder/class/clip. The folders train, val, valid, validation and test above the classes stay (Kinetics: its
/// split column, where it has one; validate becomes val). What was imported already is passed over, so an interrupted
/// import goes on; every clip appears whole or not at all, frame folders in archives when the archive was read to its
/// end. The parts of an archive's paths only choose class and name: nothing is written outside of `folder`, and a path
/// with ".." ends the import.
///
/// Throws UserError where the source is none of the above, holds no clip, or a clip is there already with other
/// content; Interrupted after Ctrl-C.
Imported import_dataset(const ImportOptions& options, base::Progress& progress);

/// Where an entry of an archive goes.
struct EntryPlace {
  std::filesystem::path clip;  ///< Relative: class/video.avi, class/video for pictures, either below a split folder.
  std::string stream;          ///< "rgb", "u" or "v" for a picture of a frame folder, else "".
  std::string file;            ///< Name of the picture, else "".
};

/// nullopt where the entry is no clip, or no part of the path nor `outer_label` (the name of the archive it came in, or
/// "") tells its class. Throws UserError for a path with "..".
std::optional<EntryPlace> place_of_entry(const std::string& path, const std::string& outer_label);

}  // namespace gerund::data
