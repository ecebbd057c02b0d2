// infer/onednn/plan.h - a network made ready for inputs of certain shapes: what runs in which order, in which memory.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/model.h"
#include "infer/onednn/aligned_floats.h"
#include "infer/onednn/convolution.h"

namespace gerund::infer {

class ConvChoices;

/// Weights that are whole numbers times a scale.
struct WholeWeights {
  std::vector<float> scales;  ///< One per output channel.
  bool are_large = false;     ///< As ByteScales::has_large_weights.
};

/// The network that plans are made for, and the weights that they share.
///
/// Threads: none; the engine guards it.
struct Network {
  graph::Model model;  ///< Weights of convolutions leave it for `packed`, but where has_free_extents.
  /// An axis beside the batch is free: for other extents another algorithm may be right, which needs the weights.
  bool has_free_extents = false;
  std::vector<graph::Value> inputs;               ///< Of the network; model.inputs also has weights that were packed.
  std::map<std::string, tensor::Shape> released;  ///< Shapes of those weights.
  std::map<std::string, std::shared_ptr<const PackedConv>> packed;  ///< By output of the Conv.
  std::map<std::string, WholeWeights> whole_weights;                ///< By name of the float32 value that a Conv reads.
};

struct PlanOptions {
  int num_threads;
  std::string algorithm;  ///< For convolutions: "auto", "direct", "winograd".
  bool with_bf16;         ///< Convolutions may round to bfloat16.
  bool ends_on_interrupt;
  bool keeps_states;     ///< As EngineOptions::keeps_states.
  ConvChoices& choices;  ///< Decides where several algorithms are left.
};

/// One step. `run` gets its inputs and output in the layouts that it asked for, and scratch memory of its own.
struct Task {
  std::string name;
  std::vector<size_t> inputs;  ///< Buffers.
  size_t output = 0;
  int64_t num_scratch_floats = 0;
  /// Index of an input whose memory the output may take over, where nobody reads that input any more.
  std::optional<size_t> may_overwrite = std::nullopt;
  std::function<void(std::span<const float* const> inputs, float* output, float* scratch)> run;
};

/// Threads: const; run() from any number of threads at once, each with its own arena.
class Plan {
 public:
  /// Packs weights that are not packed yet and takes them out of `network.model`. Throws UserError where the shapes do
  /// not fit, naming the node.
  Plan(Network& network, const std::map<std::string, tensor::Shape>& input_shapes, const PlanOptions& options);

  int64_t num_arena_floats() const { return arena_floats_; }
  /// `inputs` in the network's order, as the plan's shapes. With options.ends_on_interrupt throws Interrupted after
  /// Ctrl-C.
  std::vector<tensor::Tensor> run(std::span<const tensor::Tensor> inputs, float* arena) const;

 private:
  friend class Planner;
  struct Buffer {
    tensor::Shape shape;
    int64_t floats = 0;  // Memory that it takes.
    int input = -1;      // Index of a network input, whose memory it is; -1: none.
    int output = -1;     // Index of a result, whose memory it is; -1: none, it lies in the arena.
    int64_t offset = 0;  // In the arena.
  };
  bool ends_on_interrupt_ = true;
  std::vector<Buffer> buffers_;
  std::vector<Task> tasks_;
  std::vector<size_t> outputs_;
  int64_t arena_floats_ = 0;
  int64_t scratch_offset_ = 0;
};

}  // namespace gerund::infer
