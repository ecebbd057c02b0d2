#include "measure/engine_contender.h"

#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "graph/onnx_file.h"
#include "measure/machine.h"

namespace gerund::measure {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace

EngineContender::EngineContender(std::filesystem::path model, infer::EngineOptions options,
                                 const std::vector<tensor::Tensor>& inputs)
    : model_(std::move(model)), options_(std::move(options)), inputs_(inputs) {}

std::string EngineContender::name() const {
  return infer::chosen_engine(options_.engine) + (options_.algorithm == "direct" ? " direct" : "");
}

FirstAnswer EngineContender::load() {
  reset_peak();
  const std::optional<int64_t> before = resident_bytes();
  FirstAnswer first;
  const Clock::time_point start = Clock::now();
  engine_ = infer::make_engine(graph::read_onnx(model_), options_);
  first.outputs = engine_->run_all(inputs_);
  first.load_ms = ms_since(start);
  const std::optional<int64_t> peak = peak_resident_bytes();
  if (before && peak) first.peak_bytes = *peak - *before;
  return first;
}

std::vector<double> EngineContender::time_runs(int64_t num_runs) {
  std::vector<double> times;
  for (int64_t i = 0; i < num_runs; ++i) {
    if (base::interrupted()) throw base::Interrupted("interrupted while timing");
    const Clock::time_point start = Clock::now();
    engine_->run_all(inputs_);
    times.push_back(ms_since(start));
  }
  return times;
}

}  // namespace gerund::measure
