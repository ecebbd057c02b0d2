// data/sheets.h - pictures of a data set's classes to look at.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.h"
#include "data/dataset.h"
#include "data/probe.h"

namespace gerund::data {

struct SheetSettings {
  int num_clips = 30;  ///< Of each class at most, 1..400; spread over the class in order of names.
  int num_workers = 2;
};

/// Draws folder/CLASS.png for every class: the middle frame of its clips, each with name and seconds. A picture that is
/// there already and is another one is an error. Returns clips that cannot be shown; a class with no other has no
/// picture. Throws UserError for a setting out of range or where a picture cannot be written, Interrupted.
std::vector<Broken> draw_sheets(const std::vector<Item>& items, const std::filesystem::path& folder,
                                const SheetSettings& settings, base::Progress& progress);

}  // namespace gerund::data
