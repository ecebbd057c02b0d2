#include "cli/bench_table.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "graph/onnx_file.h"
#include "graph/quantize.h"
#include "graph/transform.h"
#include "measure/speed_table.h"
#include "nets/fresh.h"
#include "nets/lower.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

struct Measured {
  const char* name;
  bool volume;
  bool is_step;  // Of a causal network: new_frames at a time.
  int64_t num_frames;
  int64_t new_frames;
  int64_t size;
};
// The sizes of TAO's ActionRecognitionNet first.
constexpr std::array kMeasured{Measured{"2D ResNet-18, 3 frames of 224 x 224", false, false, 3, 3, 224},
                               Measured{"2D ResNet-18, 32 frames of 224 x 224", false, false, 32, 32, 224},
                               Measured{"3D ResNet-18, 32 frames of 224 x 224", true, false, 32, 32, 224},
                               Measured{"3D ResNet-18, 16 frames of 112 x 112", true, false, 16, 16, 112},
                               Measured{"causal 3D ResNet-18, steps of 4 frames of 112 x 112", true, true, 16, 4, 112}};

graph::Model model_of(const Measured& measured) {
  nets::Architecture architecture;
  architecture.volume = measured.volume;
  architecture.causal = measured.is_step;
  architecture.num_frames = measured.num_frames;
  architecture.num_classes = 5;
  const auto weights = nets::fresh_weights(architecture);
  return graph::fold_batch_norm(
      measured.is_step ? nets::lower_step(architecture, weights, measured.size, measured.size, measured.new_frames)
                       : nets::lower(architecture, weights, measured.size, measured.size));
}

/// A file of this process that is gone afterwards.
class ScratchModel {
 public:
  explicit ScratchModel(const graph::Model& model)
      : path_(fs::temp_directory_path() / fmt::format("gerund_bench_{}.onnx", ::getpid())) {
    graph::write_onnx(path_, model);
  }
  ~ScratchModel() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  ScratchModel(const ScratchModel&) = delete;
  ScratchModel& operator=(const ScratchModel&) = delete;

  const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

/// The same in whole numbers. By ranges out of the air: how fast it is does not hang on them.
graph::Model in_whole_numbers(const graph::Model& model) {
  std::map<std::string, graph::ValueRange> ranges;
  for (const std::string& value : graph::values_to_quantize(model)) ranges[value] = {0, 8};
  return graph::quantize(model, ranges);
}

/// `shown`: rows are printed as they come.
void measure_one(const Measured& measured, measure::BenchmarkOptions options, bool shown, measure::SpeedTable& table) {
  const graph::Model model = model_of(measured);
  for (const std::string precision : {"fp32", "bf16", "int8", "auto"}) {
    options.engine.precision = precision;
    options.versus = precision == "fp32" && !measured.is_step;
    base::log_info(fmt::format("{}, {}", measured.name, precision));
    try {
      const ScratchModel file(precision == "int8" || precision == "auto" ? in_whole_numbers(model) : model);
      const measure::Benchmark benchmark = measure::run_benchmark(file.path(), options);
      table.cpu = benchmark.cpu;
      table.num_threads = benchmark.num_threads;
      if (shown && table.rows.empty()) fmt::print("{}", measure::markdown_head(table));
      for (measure::SpeedRow& row : measure::rows_of(measured.name, measured.new_frames, benchmark)) {
        if (shown) fmt::print("{}", measure::markdown_line(row));
        table.rows.push_back(std::move(row));
      }
      std::fflush(stdout);
    } catch (const base::UserError& error) {
      base::log_info(fmt::format("  {}", error.what()));  // A precision that this processor does not have.
    }
  }
}

}  // namespace

void print_speed_table(const measure::BenchmarkOptions& options, bool json) {
  measure::SpeedTable table;
  for (const Measured& measured : kMeasured) measure_one(measured, options, !json, table);
  if (json) fmt::print("{}\n", measure::to_json(table));
}

}  // namespace gerund::cli
