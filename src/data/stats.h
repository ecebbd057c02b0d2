// data/stats.h - how much of everything a data set holds.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "data/survey.h"

namespace gerund::data {

/// Of one class, or of all.
struct ClassStats {
  int64_t num_clips = 0;
  int64_t num_frames = 0;
  double seconds = 0;
  int64_t shortest_frames = 0, longest_frames = 0;
  int64_t num_bytes = 0;
  std::map<double, int64_t> frame_rates;         ///< Frames per second, to 0.01: clips.
  std::map<std::pair<int, int>, int64_t> sizes;  ///< {width, height} in pixels: clips.
};

struct Stats {
  std::map<std::string, ClassStats> classes;
  ClassStats all;
  std::vector<Broken> broken;
};

Stats stats_of(const Survey& survey);
/// A table for people.
std::string to_text(const Stats& stats);
/// Schema gerund.dataset_stats/1 (docs/formats.md).
std::string to_json(const Stats& stats);

}  // namespace gerund::data
