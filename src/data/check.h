// data/check.h - what is wrong with a data set, before a network learns it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/survey.h"

namespace gerund::data {

struct CheckOptions {
  int64_t min_frames = 1;  ///< Clips with fewer are too short for a window of so many.
};

/// One thing that is wrong.
struct Finding {
  /// unreadable | too_short | cut | black | flow | duplicate | near_duplicate | leak | imbalance | frame_rates | labels
  std::string kind;
  std::string path;   ///< The clip, or "" for the whole.
  std::string other;  ///< Its twin, or "".
  std::string text;   ///< One sentence.
};

/// Looks through a data set, opened with content, and through the one to test with, where there is one:
/// - unreadable: not one frame decodes, or the file is none;
/// - too_short: fewer than min_frames frames;
/// - flow: a folder of optical flow whose u and v have not as many pictures;
/// - cut: less than nine tenths of the frames that the file's header names;
/// - black: no frame of the look has a mean level above 4 of 255, or all is one grey of 18 at most;
/// - duplicate: two clips have the same bytes (SHA-256), in one set or across the two;
/// - near_duplicate: they look the same: the same number of frames within a tenth, looks less than 1.5 levels apart
///   whose changes agree to 0.95, or still ones less than 0.75 levels apart (a clip coded anew, shrunk, or with other
///   metadata; measured on real clips, these agree to 0.96 and more, other clips of one scene to 0.93 and less);
/// - leak: clips of one recording, by their names (data/clip_names.h), in both sets;
/// - imbalance: the largest class has more than four times the clips of the smallest;
/// - frame_rates: they differ by more than a tenth, so that a window of frames lasts unequally long;
/// - labels: a class that only one of the two sets has.
std::vector<Finding> check(const Survey& survey, const std::optional<Survey>& test, const CheckOptions& options);

/// A sentence for each kind of finding: how many clips, some of their names, and what to do.
std::vector<std::string> advice_on(const std::vector<Finding>& findings);

/// A table for people, or "no findings".
std::string to_text(const std::vector<Finding>& findings);
/// Schema gerund.dataset_check/1 (docs/formats.md).
std::string to_json(const std::vector<Finding>& findings);

}  // namespace gerund::data
