// infer/engine.h - runs a network: the one interface behind which all engines stand.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graph/model.h"
#include "tensor/tensor.h"

namespace gerund::infer {

/// A loaded network.
///
/// Threads: const; run() from any number of threads at once.
/// Owns:    weights and plans; whatever a run needs beside them belongs to that run.
class Engine {
 public:
  virtual ~Engine() = default;
  /// All outputs for all inputs, both in the network's order. Inputs are float32 [N, ...], any N >= 1. Throws UserError
  /// where their number or a shape does not fit, naming both.
  virtual std::vector<tensor::Tensor> run_all(std::span<const tensor::Tensor> inputs) const = 0;
  /// The first output of a network with one input: float32 [N, num_classes] logits for the networks of gerund. Throws
  /// as run_all does.
  tensor::Tensor run(const tensor::Tensor& input) const { return std::move(run_all({&input, 1}).front()); }
};

struct EngineOptions {
  /// A name of engine_names(), "auto" (the first of the table that runs here), or "null", which answers zeros at once.
  std::string engine = "auto";
  int num_threads = 0;  ///< Threads of one run(); 0: all cores.
  /// Convolutions of the engine "onednn": "direct" (oneDNN), "winograd" where it applies, or "auto": what is fastest
  /// here, measured when the network is loaded. Answers differ in the last digits; pin it for the same bits everywhere.
  std::string algorithm = "auto";
  /// "fp32": as the file says, so that one written with whole numbers multiplies bytes where that is faster. "int8":
  /// the same, and the file must have been written so. "bf16": convolutions of the engine "onednn" may round what they
  /// multiply and pass on to bfloat16 (8 bits of precision) where that is faster; sums stay float32. "auto": what
  /// chosen_precision says.
  std::string precision = "fp32";
  /// Whether a run ends with Interrupted after Ctrl-C, as is right for a program that waits for it. A live pipeline
  /// decides itself when it ends, and what is under way is finished.
  bool ends_on_interrupt = true;
  /// Inputs "state_X" are what a run of the same engine gave as "next_state_X", or hold one number everywhere. Their
  /// shape is the network's, but they lie in memory as the engine likes, which saves turning them twice in every run.
  bool keeps_states = false;
};

/// Names of the engines in the table, fastest first, reference last.
std::vector<std::string> engine_names();
/// "auto" (the engine measures or knows what is fastest), "direct", "winograd".
std::vector<std::string> algorithm_names();

/// "fp32", "bf16", "int8", "auto".
std::vector<std::string> precision_names();
/// What they mean, for a person.
inline constexpr const char* kPrecisionHelp =
    "fp32: as the file says; bf16: rounds to bfloat16 where that is faster; int8: of a file exported with --int8; "
    "auto: what processor and file have";

/// The name of the engine that make_engine takes for `name`: itself, or what "auto" stands for here. Throws UserError
/// for a name that is not known.
std::string chosen_engine(const std::string& name);

/// What `model` is computed in: "int8" where it was written with whole numbers, "fp32" elsewhere; for "bf16" "bf16" or
/// "int8+bf16", for "auto" these two where engine and processor have bfloat16. Throws UserError for an unknown
/// precision, for bf16 where the engine or the processor has none, for int8 where the model has no whole numbers.
std::string chosen_precision(const graph::Model& model, const EngineOptions& options);

/// Throws UserError for an unknown engine or algorithm, as chosen_precision, and for a graph with an operator that the
/// engine lacks (names node and operator). Says in the log what "auto" stood for.
std::unique_ptr<Engine> make_engine(graph::Model model, const EngineOptions& options);

}  // namespace gerund::infer
