#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "measure/benchmark.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string model;
  measure::BenchmarkOptions options;
  bool json = false;
  bool table = false;
};

/// Where tests/onnxruntime/install.sh has put ONNX Runtime: the folder that GERUND_ONNXRUNTIME names, else the one of
/// the build that this program stands in.
fs::path onnxruntime_folder() {
  if (const char* given = std::getenv("GERUND_ONNXRUNTIME")) return given;
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path() / "tests" / "onnxruntime";
}

void run_bench(Arguments& arguments) {
  arguments.options.onnxruntime_folder = onnxruntime_folder();
  constexpr int kMostThreads = 1024;
  if (arguments.options.engine.num_threads > kMostThreads)
    throw base::UserError(
        fmt::format("--threads: is {}; allowed: 0 to {}", arguments.options.engine.num_threads, kMostThreads));
  if (arguments.table) return table_printer()(arguments.options, arguments.json);
  if (arguments.model.empty()) throw base::UserError("bench: name a model (MODEL.onnx), or give --table");
  const measure::Benchmark benchmark = measure::run_benchmark(arguments.model, arguments.options);
  fmt::print("{}", arguments.json ? measure::to_json(benchmark) + "\n" : measure::to_text(benchmark));
}

}  // namespace

void add_bench(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  measure::BenchmarkOptions& options = arguments->options;
  CLI::App* verb = app.add_subcommand("bench", "Measures how fast an engine runs an ONNX model");
  verb->add_option("model", arguments->model, "MODEL.onnx; needs nothing of gerund's inside")
      ->type_name(kFile)
      ->required(table_printer() == nullptr);
  verb->add_option("--engine", options.engine.engine, "Engine to measure")
      ->type_name(engine_type())
      ->capture_default_str();
  verb->add_option("--threads", options.engine.num_threads, "Threads of one run; 0: all cores")->capture_default_str();
  verb->add_option("--batch", options.batch, "Clips of one run (default: 1, or what the model is fixed to)");
  verb->add_option("--precision", options.engine.precision, infer::kPrecisionHelp)
      ->type_name(one_of(infer::precision_names()))
      ->capture_default_str();
  verb->add_option("--algorithm", options.engine.algorithm, "Of convolutions")
      ->type_name(one_of(infer::algorithm_names()))
      ->capture_default_str();
  CLI::Option* seconds = verb->add_option("--seconds", options.seconds, "Timed seconds")->capture_default_str();
  verb->add_option("--runs", options.num_runs, "Timed runs, instead of seconds")->excludes(seconds);
  verb->add_flag("--vs", options.versus,
                 "In turn with oneDNN's convolutions, the other engines and ONNX Runtime, answers compared first");
  if (table_printer() != nullptr) {
    CLI::Option* table =
        verb->add_flag("--table", arguments->table,
                       "Instead of a model: 2D and 3D ResNet-18, in every precision and beside ONNX Runtime");
    for (const char* other : {"model", "--precision", "--batch", "--algorithm", "--engine", "--vs"})
      table->excludes(verb->get_option(other));
  }
  verb->add_flag("--json", arguments->json, "One JSON object on stdout");
  verb->footer(
      "--vs takes ONNX Runtime where it is installed (tests/onnxruntime/install.sh; GERUND_ONNXRUNTIME names its "
      "folder).\n"
      "LibTorch and OpenCV are measured by bench/engine.sh.\n"
      "Examples: gerund bench model.onnx --threads 2 --vs\n"
      "          gerund bench --table");
  verb->callback([arguments] { run_bench(*arguments); });
}

}  // namespace gerund::cli
