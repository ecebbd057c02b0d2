// What a benchmark found, as text and as JSON.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "measure/benchmark.h"

namespace gerund::measure {
namespace {

using nlohmann::json;

constexpr double kMiB = 1024.0 * 1024.0;

std::string mebibytes(std::optional<int64_t> bytes) {
  return bytes ? fmt::format("{:.1f}", static_cast<double>(*bytes) / kMiB) : "unknown";
}

json bytes_to_json(std::optional<int64_t> bytes) {
  return bytes ? json(*bytes) : json(nullptr);
}

json timing_to_json(const Timing& timing) {
  return {{"runs", timing.num_runs},
          {"p50_ms", timing.p50_ms},
          {"p95_ms", timing.p95_ms},
          {"clips_per_second", timing.clips_per_second},
          {"gflops", timing.gflops}};
}

json peer_to_json(const Peer& peer, const Benchmark& benchmark) {
  json object = {{"name", peer.name}};
  if (peer.timing) {
    object.update(timing_to_json(*peer.timing));
    object["time_ratio"] = peer.timing->p50_ms / benchmark.timing.p50_ms;
    object["difference"] = peer.difference;
    object["load_ms"] = peer.load_ms;
    object["peak_bytes"] = bytes_to_json(peer.peak_bytes);
  } else {
    object["trouble"] = peer.trouble;
  }
  return object;
}

std::string peers_to_text(const Benchmark& benchmark) {
  std::string text = fmt::format("\n  {:<24}{:>10}{:>10}{:>11}{:>10}{:>10}{:>10}{:>12}\n", "in turn with", "p50 ms",
                                 "p95 ms", "GFLOP/s", "time x", "load ms", "MiB", "difference");
  for (const Peer& peer : benchmark.peers) {
    if (!peer.timing) {
      text += fmt::format("  {:<24}{}\n", peer.name, peer.trouble);
      continue;
    }
    text += fmt::format("  {:<24}{:>10.2f}{:>10.2f}{:>11.1f}{:>10.2f}{:>10.0f}{:>10}{:>12.1e}\n", peer.name,
                        peer.timing->p50_ms, peer.timing->p95_ms, peer.timing->gflops,
                        peer.timing->p50_ms / benchmark.timing.p50_ms, peer.load_ms, mebibytes(peer.peak_bytes),
                        peer.difference);
  }
  return text;
}

}  // namespace

std::string to_text(const Benchmark& benchmark) {
  const Timing& timing = benchmark.timing;
  std::string text =
      fmt::format("{}: engine {}, {} threads, batch {}, {}, algorithm {}\n", benchmark.model, benchmark.engine,
                  benchmark.num_threads, benchmark.batch, benchmark.precision, benchmark.algorithm);
  text += fmt::format("  latency     p50 {:.2f} ms, p95 {:.2f} ms, {} runs\n", timing.p50_ms, timing.p95_ms,
                      timing.num_runs);
  text += fmt::format("  throughput  {:.2f} clips/s, {:.1f} GFLOP/s ({:.3f} G multiply-adds a run)\n",
                      timing.clips_per_second, timing.gflops, static_cast<double>(benchmark.macs) * 1e-9);
  text += fmt::format("  machine     {:.0f} % of the {:.1f} GFLOP/s that {} threads reach in registers; {}\n",
                      100 * timing.gflops / benchmark.machine_gflops, benchmark.machine_gflops, benchmark.num_threads,
                      benchmark.cpu);
  text += fmt::format("  load        {:.0f} ms from opening the file to the first answer\n", benchmark.load_ms);
  text += fmt::format("  memory      {} MiB at most\n", mebibytes(benchmark.peak_bytes));
  return benchmark.peers.empty() ? text : text + peers_to_text(benchmark);
}

std::string to_json(const Benchmark& benchmark) {
  json object = timing_to_json(benchmark.timing);
  object.update({{"model", benchmark.model},
                 {"engine", benchmark.engine},
                 {"threads", benchmark.num_threads},
                 {"batch", benchmark.batch},
                 {"precision", benchmark.precision},
                 {"algorithm", benchmark.algorithm},
                 {"macs", benchmark.macs},
                 {"load_ms", benchmark.load_ms},
                 {"peak_bytes", bytes_to_json(benchmark.peak_bytes)},
                 {"machine_gflops", benchmark.machine_gflops},
                 {"machine_share", benchmark.timing.gflops / benchmark.machine_gflops},
                 {"cpu", benchmark.cpu},
                 {"version", GERUND_VERSION}});
  if (!benchmark.peers.empty()) {
    object["peers"] = json::array();
    for (const Peer& peer : benchmark.peers) object["peers"].push_back(peer_to_json(peer, benchmark));
  }
  return base::json_text(object);
}

}  // namespace gerund::measure
