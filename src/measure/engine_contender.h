// measure/engine_contender.h - an engine of infer/engines.cc as a contender.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "infer/engine.h"
#include "measure/contender.h"
#include "measure/workload.h"

namespace gerund::measure {

/// Runs in this process: load() resets the process's memory peak (measure/machine.h) to see its own.
///
/// Owns: the engine. `workload` must outlive it.
class EngineContender : public Contender {
 public:
  EngineContender(std::filesystem::path model, infer::EngineOptions options, const Workload& workload);
  std::string name() const override;
  FirstAnswer load() override;
  std::vector<double> time_runs(int64_t num_runs) override;

 private:
  const std::filesystem::path model_;
  infer::EngineOptions options_;
  const Workload& workload_;
  std::unique_ptr<infer::Engine> engine_;
};

}  // namespace gerund::measure
