// infer/step_network.h - a network that goes on from where it stood: new frames and what it keeps in, answers out.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/model.h"
#include "infer/engine.h"
#include "tensor/tensor.h"

namespace gerund::infer {

/// What the network keeps of one stream between chunks. A value: copies copy.
///
/// Threads: none; one per stream.
struct StreamState {
  /// One per state of the network, [1, ...], their numbers as its engine lays them out (EngineOptions::keeps_states),
  /// so that they mean something to this network alone; none: reset.
  std::vector<tensor::Tensor> values;

  /// Forgets the stream: the next chunk is taken as its first.
  void reset() { values.clear(); }
};

/// A loaded step graph (docs/streaming.md).
///
/// Threads: const; push() from any number of threads at once, for different streams.
/// Owns:    the engine; what changes is in the StreamState of each stream.
class StepNetwork {
 public:
  /// Throws UserError where `model` is no step graph: its first input new frames [-1, 3, F, H, W], its first output
  /// logits [-1, classes] or [-1, answers, classes], every other input "state_X" [-1, ...] with an output
  /// "next_state_X" of the same shape.
  StepNetwork(graph::Model model, const EngineOptions& options);

  /// Shape of one chunk without batch: [3, F, H, W].
  const tensor::Shape& chunk_shape() const { return chunk_shape_; }
  /// F, the frames of one chunk.
  int64_t step_frames() const { return chunk_shape_[1]; }
  /// Answers to one chunk, the k-th after k * F / num_answers of its frames.
  int64_t num_answers() const { return num_answers_; }

  /// One chunk, float32 [3, F, H, W], of each of several streams in one run, their states stacked along the batch.
  /// Returns logits [number of streams, answers, classes] and moves every stream on. Streams may be in any state, just
  /// reset ones among them; their answers are those of one run each. Throws UserError for a chunk of another shape,
  /// and what a run throws; either leaves the streams as they were.
  tensor::Tensor push(std::span<StreamState* const> streams, std::span<const tensor::Tensor> chunks) const;
  /// The same for one stream: logits [answers, classes].
  tensor::Tensor push(StreamState& stream, const tensor::Tensor& chunk) const;

 private:
  struct State {
    size_t output;        // Place of its next value among the outputs; its own among the inputs follows from order.
    tensor::Shape shape;  // Without batch.
  };
  void check_answer(const std::vector<tensor::Tensor>& outputs, int64_t batch) const;
  void add_state(const graph::Model& model, size_t input);
  tensor::Tensor stack_state(const State& state, size_t index, std::span<StreamState* const> streams) const;

  std::unique_ptr<Engine> engine_;
  tensor::Shape chunk_shape_;
  int64_t num_answers_;
  std::vector<State> states_;
};

/// Of `logits` as push() gives them, each stream's last answer: [number of streams, classes].
tensor::Tensor last_answers(const tensor::Tensor& logits);

/// The engine interface over a step graph: a clip [N, 3, n * F, H, W] is pushed chunk by chunk from a reset, and the
/// logits are those after the last chunk. So a step graph alone serves wherever clips are classified.
std::unique_ptr<Engine> make_stepwise_engine(std::shared_ptr<const StepNetwork> network);

}  // namespace gerund::infer
