// data/import_sources.h - the parts of data/import.h that know archives and tables.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.h"
#include "data/import.h"

namespace gerund::data {

/// True for train, val, valid, validation and test.
bool is_split_name(const std::string& name);

/// Unpacks the clips of an archive, and of archives in it, into `folder`. `is_class`: the archive's own name may be
/// that of a class (walk.rar).
void unpack_archive(const std::filesystem::path& archive, const std::filesystem::path& folder, bool is_class,
                    Imported& imported, base::Progress& progress);

/// Finds the videos of a Kinetics table; those that are not there are a warning. Throws UserError where a column or
/// all videos are missing.
std::vector<Placement> plan_table(const std::filesystem::path& table, const std::filesystem::path& videos,
                                  std::vector<std::string>& warnings);

}  // namespace gerund::data
