#include "measure/speed_table.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace gerund::measure {
namespace {

using nlohmann::json;

constexpr double kCameraFps = 30;

}  // namespace

double SpeedRow::num_streams() const {
  return timing.clips_per_second * static_cast<double>(new_frames) / kCameraFps;
}

std::vector<SpeedRow> rows_of(const std::string& network, int64_t new_frames, const Benchmark& benchmark) {
  std::vector<SpeedRow> rows{{network, new_frames, benchmark.engine, benchmark.precision, benchmark.timing}};
  for (const Peer& peer : benchmark.peers)
    if (peer.timing) rows.push_back({network, new_frames, peer.name, benchmark.precision, *peer.timing});
  return rows;
}

std::string markdown_head(const SpeedTable& table) {
  std::string text = fmt::format("{}, {} thread{}, one clip at a time\n\n", table.cpu, table.num_threads,
                                 table.num_threads == 1 ? "" : "s");
  text += "| network | engine | precision | ms | clips/s | GFLOP/s | streams at 30 fps |\n";
  return text + "| --- | --- | --- | ---: | ---: | ---: | ---: |\n";
}

std::string markdown_line(const SpeedRow& row) {
  return fmt::format("| {} | {} | {} | {:.1f} | {:.1f} | {:.0f} | {:.1f} |\n", row.network, row.engine, row.precision,
                     row.timing.p50_ms, row.timing.clips_per_second, row.timing.gflops, row.num_streams());
}

std::string to_json(const SpeedTable& table) {
  json rows = json::array();
  for (const SpeedRow& row : table.rows)
    rows.push_back({{"network", row.network},
                    {"new_frames", row.new_frames},
                    {"engine", row.engine},
                    {"precision", row.precision},
                    {"p50_ms", row.timing.p50_ms},
                    {"p95_ms", row.timing.p95_ms},
                    {"clips_per_second", row.timing.clips_per_second},
                    {"gflops", row.timing.gflops},
                    {"streams_30fps", row.num_streams()}});
  const json object = {
      {"schema", "gerund.speed_table/1"}, {"cpu", table.cpu}, {"threads", table.num_threads}, {"rows", rows}};
  return object.dump(2);
}

}  // namespace gerund::measure
