// measure/benchmark.h - how fast an engine runs a model on this machine, alone or beside other runtimes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "infer/engine.h"

namespace gerund::measure {

struct BenchmarkOptions {
  infer::EngineOptions engine;
  std::optional<int64_t> batch;              ///< Clips of one run; nullopt: 1, or what the model is fixed to.
  double seconds = 3;                        ///< Timed seconds of each runtime, at least three runs of the engine.
  std::optional<int64_t> num_runs;           ///< Timed runs of each runtime instead of seconds.
  bool versus = false;                       ///< The other engines and ONNX Runtime as well, in turn.
  std::filesystem::path onnxruntime_folder;  ///< Where measure/onnxruntime_contender.h finds its files.
};

/// Of one runtime. Percentiles are by nearest rank.
struct Timing {
  int64_t num_runs = 0;
  double p50_ms = 0;
  double p95_ms = 0;
  double clips_per_second = 0;  ///< At p50.
  double gflops = 0;            ///< 2 x multiply-adds / p50, in 1e9 / s; padding counts (graph::count_macs).
};
/// `times_ms` must not be empty.
Timing make_timing(std::vector<double> times_ms, int64_t batch, int64_t macs);

/// Another runtime on the same model and inputs.
struct Peer {
  std::string name;
  std::string trouble;    ///< Why it was not timed; empty where it was.
  double difference = 0;  ///< Of its answer from the engine's: measure/workload.h.
  std::optional<Timing> timing;
  double load_ms = 0;
  std::optional<int64_t> peak_bytes;
};
/// A peer whose answer differs by more is wrong and is not timed.
inline constexpr double kMaxDifference = 1e-3;
/// The same where the engine rounds to bfloat16 or bytes.
inline constexpr double kMaxDifferenceNarrow = 5e-2;

struct Benchmark {
  std::string model;
  std::string engine;  ///< Its name, never "auto".
  int num_threads = 1;
  int64_t batch = 1;
  std::string precision;
  std::string algorithm;
  int64_t macs = 0;  ///< Multiply-adds of one run, the whole batch.
  Timing timing;
  double load_ms = 0;                 ///< From opening the file to the first answer.
  std::optional<int64_t> peak_bytes;  ///< Most memory of loading and answering, beyond what was held before.
  double machine_gflops = 0;          ///< measure/fma_peak.h with the same number of threads.
  std::string cpu;
  std::vector<Peer> peers;
};

/// Loads, answers, warms up, then times; with peers all are loaded first, compared, and run in turn (A B A B ...), so
/// that other work on the machine meets all alike. Throws UserError for a wrong file, engine, batch, precision,
/// algorithm or time; Interrupted on base::interrupted().
Benchmark run_benchmark(const std::filesystem::path& model, const BenchmarkOptions& options);

/// For a person.
std::string to_text(const Benchmark& benchmark);
/// One JSON object on one line. Its keys: docs/formats.md.
std::string to_json(const Benchmark& benchmark);

}  // namespace gerund::measure
