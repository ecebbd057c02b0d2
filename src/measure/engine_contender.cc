#include "measure/engine_contender.h"

#include <algorithm>
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

EngineContender::EngineContender(std::filesystem::path model, infer::EngineOptions options, const Workload& workload)
    : model_(std::move(model)), options_(std::move(options)), workload_(workload) {
  options_.keeps_states = true;
}

std::string EngineContender::name() const {
  return infer::chosen_engine(options_.engine) + (options_.algorithm == "direct" ? " direct" : "");
}

FirstAnswer EngineContender::load() {
  reset_peak();
  const std::optional<int64_t> before = resident_bytes();
  FirstAnswer first;
  const Clock::time_point start = Clock::now();
  graph::Model model = graph::read_onnx(model_);
  const std::vector<graph::Value> outputs = model.outputs;
  engine_ = infer::make_engine(std::move(model), options_);
  std::vector<tensor::Tensor> answers = engine_->run_all(workload_.inputs);
  first.load_ms = ms_since(start);
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (std::ranges::find(workload_.output_names, outputs[i].name) != workload_.output_names.end())
      first.outputs.push_back(std::move(answers[i]));
  }
  const std::optional<int64_t> peak = peak_resident_bytes();
  if (before && peak) first.peak_bytes = *peak - *before;
  return first;
}

std::vector<double> EngineContender::time_runs(int64_t num_runs) {
  std::vector<double> times;
  for (int64_t i = 0; i < num_runs; ++i) {
    if (base::interrupted()) throw base::Interrupted("interrupted while timing");
    const Clock::time_point start = Clock::now();
    engine_->run_all(workload_.inputs);
    times.push_back(ms_since(start));
  }
  return times;
}

}  // namespace gerund::measure
