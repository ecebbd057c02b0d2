// bench/streams/onnx_peer.h - ONNX Runtime answering windows, in a process of its own (onnx_peer.mjs).
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "measure/child_process.h"
#include "tensor/tensor.h"

namespace gerund::bench {

/// Threads: none; one caller.
/// Owns:    the process and the file in shared memory through which windows go.
class OnnxPeer {
 public:
  struct Answer {
    std::vector<float> logits;
    double run_ms = 0;       ///< Of the network.
    double wait_ms = 0;      ///< From the question to the answer, the network included.
    double cpu_seconds = 0;  ///< Of the process so far.
  };

  /// Loads and warms up. `script`: onnx_peer.mjs; `folder`: where onnxruntime-node is installed; `shape`: of the input.
  OnnxPeer(const std::filesystem::path& script, const std::filesystem::path& folder, const std::filesystem::path& model,
           const tensor::Shape& shape, int num_threads);
  ~OnnxPeer();
  OnnxPeer(const OnnxPeer&) = delete;
  OnnxPeer& operator=(const OnnxPeer&) = delete;

  /// float32, where the next window is written.
  std::span<float> window() const { return window_; }
  Answer ask();
  const std::string& version() const { return version_; }

 private:
  std::filesystem::path path_;
  std::span<float> window_;
  std::unique_ptr<measure::ChildProcess> process_;
  std::string version_;
};

}  // namespace gerund::bench
