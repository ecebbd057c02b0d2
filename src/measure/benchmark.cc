#include "measure/benchmark.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/machine.h"
#include "base/workers.h"
#include "graph/onnx_file.h"
#include "measure/engine_contender.h"
#include "measure/fma_peak.h"
#include "measure/machine.h"
#include "measure/onnxruntime_contender.h"
#include "measure/workload.h"

namespace gerund::measure {
namespace {

constexpr double kWarmUpMs = 200;
constexpr int64_t kMinEngineRuns = 3;
constexpr double kSlices = 5;  // Turns of each runtime.

/// A runtime in the race.
struct Entrant {
  std::unique_ptr<Contender> contender;
  int64_t min_runs;
  std::vector<double> times_ms;
  std::string trouble;
};

double total(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Runs for kWarmUpMs, but not at all where the first answer alone took so long that caches do not matter.
void warm_up(Contender& contender, double load_ms) {
  if (load_ms > 50 * kWarmUpMs) return;
  for (double spent = 0; spent < kWarmUpMs;) spent += total(contender.time_runs(1));
}

bool is_done(const Entrant& entrant, const BenchmarkOptions& options) {
  const auto num_runs = static_cast<int64_t>(entrant.times_ms.size());
  if (options.num_runs) return num_runs >= *options.num_runs;
  return num_runs >= entrant.min_runs && total(entrant.times_ms) >= 1000 * options.seconds;
}

/// Runs of the next turn: one at first, then as many as fit a slice.
int64_t runs_of_turn(const Entrant& entrant, const BenchmarkOptions& options) {
  if (entrant.times_ms.empty()) return 1;
  const double mean_ms = total(entrant.times_ms) / static_cast<double>(entrant.times_ms.size());
  const double runs = std::max(1.0, 1000 * options.seconds / kSlices / std::max(mean_ms, 1e-3));
  const int64_t left =
      options.num_runs ? *options.num_runs - static_cast<int64_t>(entrant.times_ms.size()) : int64_t{1} << 20;
  return std::min(left, static_cast<int64_t>(std::min(runs, 1e6)));
}

/// One turn. A peer that fails says so and leaves; the engine's own failure (the first entrant's) goes on upwards.
void take_turn(Entrant& entrant, bool is_peer, const BenchmarkOptions& options) {
  if (base::interrupted()) throw base::Interrupted("interrupted while timing");
  try {
    // One run is not counted: those before left the caches full of their own, and threads that still wait spinning.
    entrant.contender->time_runs(1);
    const std::vector<double> times = entrant.contender->time_runs(runs_of_turn(entrant, options));
    if (times.empty()) throw base::UserError("gave no times");
    entrant.times_ms.insert(entrant.times_ms.end(), times.begin(), times.end());
  } catch (const base::UserError& error) {
    if (!is_peer) throw;
    entrant.trouble = error.what();
  }
}

void race(std::vector<Entrant>& entrants, const BenchmarkOptions& options) {
  bool is_running = true;
  while (is_running) {
    is_running = false;
    for (size_t i = 0; i < entrants.size(); ++i) {
      if (!entrants[i].trouble.empty() || is_done(entrants[i], options)) continue;
      take_turn(entrants[i], i > 0, options);
      is_running = true;
    }
  }
}

void check_options(const BenchmarkOptions& options) {
  if (!(options.seconds > 0) || std::isinf(options.seconds))
    throw base::UserError(fmt::format("seconds is {}; more than 0 is wanted", options.seconds));
  if (options.num_runs && *options.num_runs < 1)
    throw base::UserError(fmt::format("runs is {}; 1 or more is wanted", *options.num_runs));
}

std::vector<std::unique_ptr<Contender>> make_peers(const std::filesystem::path& model, const BenchmarkOptions& options,
                                                   int num_threads, const Workload& workload) {
  std::vector<std::unique_ptr<Contender>> peers;
  const std::string own = infer::chosen_engine(options.engine.engine);
  if (own == "onednn" && options.engine.algorithm != "direct") {
    infer::EngineOptions direct{own, num_threads};
    direct.algorithm = "direct";
    peers.push_back(std::make_unique<EngineContender>(model, direct, workload));
  }
  for (const std::string& name : infer::engine_names()) {
    if (name == own) continue;
    peers.push_back(std::make_unique<EngineContender>(model, infer::EngineOptions{name, num_threads}, workload));
  }
  peers.push_back(std::make_unique<OnnxRuntimeContender>(model, options.onnxruntime_folder, num_threads, workload));
  return peers;
}

/// Loads the peer, compares its answer and warms it up. `peer` tells what came of it.
void prepare(Contender& contender, const std::vector<tensor::Tensor>& expected, double most, Peer& peer) {
  try {
    const FirstAnswer first = contender.load();
    peer.difference = relative_difference(first.outputs, expected);
    peer.load_ms = first.load_ms;
    peer.peak_bytes = first.peak_bytes;
    if (peer.difference > most) {
      peer.trouble = fmt::format("wrong: its answer differs by {:.1e}, more than {:.0e}", peer.difference, most);
    } else {
      warm_up(contender, first.load_ms);
    }
  } catch (const base::UserError& error) {
    peer.trouble = error.what();
  }
  peer.name = contender.name();
}

double nearest_rank(const std::vector<double>& sorted, double share) {
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

}  // namespace

Timing make_timing(std::vector<double> times_ms, int64_t batch, int64_t macs) {
  std::ranges::sort(times_ms);
  Timing timing;
  timing.num_runs = static_cast<int64_t>(times_ms.size());
  timing.p50_ms = nearest_rank(times_ms, 0.50);
  timing.p95_ms = nearest_rank(times_ms, 0.95);
  timing.clips_per_second = 1e3 * static_cast<double>(batch) / timing.p50_ms;
  timing.gflops = 2e-6 * static_cast<double>(macs) / timing.p50_ms;
  return timing;
}

Benchmark run_benchmark(const std::filesystem::path& model, const BenchmarkOptions& options) {
  if (const auto extension = model.extension(); extension == ".safetensors" || extension == ".tlt")
    throw base::UserError(
        fmt::format("{}: is a checkpoint; export it and measure the model: gerund export {} model.onnx", model.string(),
                    model.string()));
  check_options(options);
  const graph::Model read = graph::read_onnx(model);
  const std::string precision = infer::chosen_precision(read, options.engine);
  const Workload workload = make_workload(read, options.batch);
  Benchmark result;
  result.model = model.string();
  result.engine = infer::chosen_engine(options.engine.engine);
  result.num_threads = options.engine.num_threads == 0 ? base::num_cores() : options.engine.num_threads;
  result.batch = workload.batch;
  result.precision = precision;
  result.algorithm = options.engine.algorithm;
  result.macs = workload.macs;
  result.cpu = base::processor_name();

  std::vector<Entrant> entrants;
  entrants.push_back({std::make_unique<EngineContender>(model, options.engine, workload), kMinEngineRuns, {}, {}});
  const FirstAnswer own = entrants.front().contender->load();
  result.load_ms = own.load_ms;
  result.peak_bytes = own.peak_bytes;
  result.machine_gflops = fma_peak_gflops(result.num_threads);
  warm_up(*entrants.front().contender, own.load_ms);
  if (options.versus) {
    for (auto& contender : make_peers(model, options, result.num_threads, workload)) {
      prepare(*contender, own.outputs, precision == "fp32" ? kMaxDifference : kMaxDifferenceNarrow,
              result.peers.emplace_back());
      entrants.push_back({std::move(contender), 1, {}, result.peers.back().trouble});
    }
  }
  race(entrants, options);
  result.timing = make_timing(entrants.front().times_ms, workload.batch, workload.macs);
  for (size_t i = 0; i < result.peers.size(); ++i) {
    const Entrant& entrant = entrants[i + 1];
    result.peers[i].trouble = entrant.trouble;
    if (entrant.trouble.empty()) result.peers[i].timing = make_timing(entrant.times_ms, workload.batch, workload.macs);
  }
  return result;
}

}  // namespace gerund::measure
