// bench/engine/peer.h - the protocol by which bench/engine/engine.py runs a runtime in a process of its own.
//
// A peer reads its model, answers once, writes the answer and prints one line of JSON
//   {"version", "load_ms", "base_bytes", "peak_bytes", ...}
// then, for each line N on stdin, runs N times and prints {"ms": [...], "peak_bytes"}; it ends with stdin.
// load_ms: from opening the model to the first answer. base_bytes: memory held before that; peak_bytes: the most until
// now. torch_peer.py and tests/onnxruntime/serve.mjs speak it too.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tensor/safetensors.h"

namespace gerund::bench {

/// One runtime. Throws what it throws.
class Runtime {
 public:
  virtual ~Runtime() = default;
  /// Opens the model and answers once.
  virtual tensor::TensorFile load(const std::string& model, tensor::TensorFile inputs, int num_threads) = 0;
  /// Answers the same inputs again.
  virtual void run() = 0;
  /// What the first line holds beside the figures; at least "version".
  virtual nlohmann::json describe() const = 0;
};

/// Serves `runtime`; `arguments`: MODEL.onnx INPUT.safetensors OUTPUT.safetensors THREADS. Returns the exit code.
int serve(Runtime& runtime, const std::vector<std::string>& arguments);

}  // namespace gerund::bench
