// measure/onnxruntime_contender.h - ONNX Runtime as a contender, in a process of its own (node and onnxruntime-node).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/files.h"
#include "measure/child_process.h"
#include "measure/contender.h"
#include "measure/workload.h"

namespace gerund::measure {

/// Why ONNX Runtime cannot run here, and what helps; nullopt where it can. `folder` must hold tests/onnxruntime's
/// serve.mjs and node_modules (tests/onnxruntime/install.sh).
std::optional<std::string> onnxruntime_trouble(const std::filesystem::path& folder);

/// Talks to serve.mjs, whose head describes how; arrays go through files in a temporary folder.
///
/// Owns: the process and the folder. `workload` must outlive it.
class OnnxRuntimeContender : public Contender {
 public:
  OnnxRuntimeContender(std::filesystem::path model, std::filesystem::path folder, int num_threads,
                       const Workload& workload);
  OnnxRuntimeContender(const OnnxRuntimeContender&) = delete;
  OnnxRuntimeContender& operator=(const OnnxRuntimeContender&) = delete;

  std::string name() const override { return name_; }
  FirstAnswer load() override;
  std::vector<double> time_runs(int64_t num_runs) override;

 private:
  const std::filesystem::path model_;
  const std::filesystem::path folder_;
  const int num_threads_;
  const Workload& workload_;
  const base::ScratchFolder scratch_;
  std::string name_ = "ONNX Runtime";
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace gerund::measure
