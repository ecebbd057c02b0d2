// measure/speed_table.h - several networks, engines and precisions side by side: gerund bench --table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure/benchmark.h"

namespace gerund::measure {

/// One network run by one engine.
struct SpeedRow {
  std::string network;
  int64_t new_frames = 1;  ///< Of the video that a run takes in: those of a clip, or of a step.
  std::string engine;
  std::string precision;
  Timing timing;

  /// Cameras of 30 frames per second that so many runs keep up with, each frame seen once.
  double num_streams() const;
};

/// The rows of a benchmark: the engine's, then those of the peers that were timed.
std::vector<SpeedRow> rows_of(const std::string& network, int64_t new_frames, const Benchmark& benchmark);

struct SpeedTable {
  std::string cpu;
  int num_threads = 1;
  std::vector<SpeedRow> rows;
};

/// As Markdown: processor, threads and the head of a table, then a line for each row.
std::string markdown_head(const SpeedTable& table);
std::string markdown_line(const SpeedRow& row);
/// One JSON object, schema gerund.speed_table/1 (docs/formats.md).
std::string to_json(const SpeedTable& table);

}  // namespace gerund::measure
