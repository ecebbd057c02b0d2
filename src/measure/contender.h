// measure/contender.h - something that runs a model and can be timed beside others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace gerund::measure {

struct FirstAnswer {
  std::vector<tensor::Tensor> outputs;  ///< Those that the workload compares, in the model's order.
  double load_ms = 0;                   ///< From opening the file to this answer.
  std::optional<int64_t> peak_bytes;    ///< Most memory held since, beyond what was held before; nullopt: not known.
};

/// One runtime on one workload.
///
/// Threads: none; one caller. What a run does with threads is the contender's own.
class Contender {
 public:
  virtual ~Contender() = default;
  /// For tables, with the version where it is another's: "ONNX Runtime 1.30.0". May be called after load().
  virtual std::string name() const = 0;
  /// Reads the model and answers once. Call it first, once. Throws UserError where this runtime cannot.
  virtual FirstAnswer load() = 0;
  /// Runs `num_runs` times; milliseconds of each.
  virtual std::vector<double> time_runs(int64_t num_runs) = 0;
};

}  // namespace gerund::measure
