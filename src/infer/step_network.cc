#include "infer/step_network.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "graph/metadata.h"

namespace gerund::infer {
namespace {

using tensor::Shape;
using tensor::Tensor;

Shape without_batch(const Shape& shape) {
  return shape.empty() ? shape : Shape(shape.begin() + 1, shape.end());
}

Shape with_batch(int64_t batch, Shape shape) {
  shape.insert(shape.begin(), batch);
  return shape;
}

/// The rows of a batch, each a batch of one. A single one is not copied.
std::vector<Tensor> rows_of(Tensor batch) {
  std::vector<Tensor> rows;
  const auto count = static_cast<size_t>(batch.dim(0));
  if (count == 1) {
    rows.push_back(std::move(batch));
    return rows;
  }
  const Shape shape = with_batch(1, without_batch(batch.shape()));
  const auto size = static_cast<size_t>(tensor::num_elements(shape));
  for (size_t row = 0; row < count; ++row) rows.emplace_back(shape, batch.floats().subspan(row * size, size));
  return rows;
}

void copy_row(const Tensor& row, size_t index, Tensor& batch) {
  std::ranges::copy(row.floats(), batch.floats().subspan(index * row.floats().size()).begin());
}

void check_chunk(const graph::Model& model) {
  const auto is_batch_of = [](const Shape& shape, size_t num_axes) {
    return shape.size() == num_axes + 1 && shape[0] == -1 &&
           std::ranges::all_of(without_batch(shape), [](int64_t extent) { return extent > 0; });
  };
  if (model.inputs.empty() || !is_batch_of(model.inputs[0].shape, 4) || !graph::carries_state(model))
    throw base::UserError(
        "the graph is no step graph: its first input must be new frames [-1, 3, F, H, W] and there must be inputs "
        "state_...; export one with gerund export --step");
  const Shape logits = model.outputs.empty() ? Shape{} : model.outputs[0].shape;
  if (is_batch_of(logits, 1) || (is_batch_of(logits, 2) && model.inputs[0].shape[2] % logits[1] == 0)) return;
  throw base::UserError(fmt::format(
      "the graph is no step graph: its first output is {}; wanted are logits [-1, classes], or [-1, answers, "
      "classes] with as many answers as divide its {} frames",
      tensor::to_string(logits), model.inputs[0].shape[2]));
}

/// Frames [start, start + count) of a batch of clips [N, C, T, H, W], clip `n`.
Tensor frames_of(const Tensor& clips, int64_t n, int64_t start, int64_t count) {
  const Shape& shape = clips.shape();
  const int64_t plane = shape[3] * shape[4];
  Tensor chunk = Tensor::unset({shape[1], count, shape[3], shape[4]});
  for (int64_t c = 0; c < shape[1]; ++c) {
    const float* from = clips.floats().data() + ((n * shape[1] + c) * shape[2] + start) * plane;
    std::copy_n(from, count * plane, chunk.floats().data() + c * count * plane);
  }
  return chunk;
}

class StepwiseEngine : public Engine {
 public:
  explicit StepwiseEngine(std::shared_ptr<const StepNetwork> network) : network_(std::move(network)) {}

  std::vector<Tensor> run_all(std::span<const Tensor> inputs) const override {
    const int64_t frames = network_->step_frames();
    if (inputs.size() != 1 || inputs[0].shape().size() != 5 || inputs[0].dim(0) < 1 || inputs[0].dim(2) < frames ||
        inputs[0].dim(2) % frames != 0) {
      throw base::UserError(
          fmt::format("{}: does not fit the network, which takes clips [N, 3, T, H, W] step by step; "
                      "T must be a multiple of {} frames",
                      inputs.empty() ? "no input" : tensor::to_string(inputs[0].shape()), frames));
    }
    const Tensor& clips = inputs[0];
    std::vector<StreamState> states(static_cast<size_t>(clips.dim(0)));
    std::vector<StreamState*> streams;
    streams.reserve(states.size());
    for (StreamState& state : states) streams.push_back(&state);
    Tensor logits;
    for (int64_t start = 0; start < clips.dim(2); start += frames) {
      std::vector<Tensor> chunks;
      for (int64_t n = 0; n < clips.dim(0); ++n) chunks.push_back(frames_of(clips, n, start, frames));
      logits = network_->push(streams, chunks);
    }
    return {last_answers(logits)};
  }

 private:
  std::shared_ptr<const StepNetwork> network_;
};

}  // namespace

StepNetwork::StepNetwork(graph::Model model, const EngineOptions& options) {
  check_chunk(model);
  chunk_shape_ = without_batch(model.inputs[0].shape);
  num_answers_ = model.outputs[0].shape.size() == 3 ? model.outputs[0].shape[1] : 1;
  for (size_t input = 1; input < model.inputs.size(); ++input) add_state(model, input);
  EngineOptions keeping = options;
  keeping.keeps_states = true;
  engine_ = make_engine(std::move(model), keeping);
}

void StepNetwork::add_state(const graph::Model& model, size_t input) {
  const graph::Value& state = model.inputs[input];
  const std::string next = state.name.starts_with(graph::kStatePrefix) ? graph::other_state(state.name) : "";
  const auto output = std::find_if(model.outputs.begin(), model.outputs.end(),
                                   [&](const graph::Value& value) { return value.name == next; });
  const Shape shape = without_batch(state.shape);
  const bool is_fixed = !state.shape.empty() && state.shape[0] == -1 &&
                        std::ranges::all_of(shape, [](int64_t extent) { return extent > 0; });
  if (output == model.outputs.begin() || output == model.outputs.end() || !is_fixed || output->shape != state.shape) {
    throw base::UserError(
        fmt::format("the graph is no step graph: input '{}' {} must be called state_X, and an output next_state_X of "
                    "its shape must give its next value",
                    state.name, tensor::to_string(state.shape)));
  }
  states_.push_back({static_cast<size_t>(output - model.outputs.begin()), shape});
}

Tensor StepNetwork::stack_state(const State& state, size_t index, std::span<StreamState* const> streams) const {
  Tensor batch = Tensor::unset(with_batch(static_cast<int64_t>(streams.size()), state.shape));
  for (size_t n = 0; n < streams.size(); ++n)
    copy_row(streams[n]->values.empty() ? Tensor(with_batch(1, state.shape)) : streams[n]->values[index], n, batch);
  return batch;
}

// What a file declares of its outputs need not be what its nodes make.
void StepNetwork::check_answer(const std::vector<Tensor>& outputs, int64_t batch) const {
  for (const State& state : states_) {
    const Tensor& next = outputs.at(state.output);
    if (next.shape() != with_batch(batch, state.shape) || next.dtype() != tensor::DType::f32)
      throw base::UserError(fmt::format("the graph is no step graph: a next state is {}, and float32 {} was declared",
                                        tensor::to_string(next.shape()),
                                        tensor::to_string(with_batch(batch, state.shape))));
  }
  const Shape& logits = outputs.at(0).shape();
  const bool has_answers = logits.size() == 3 ? logits[1] == num_answers_ : logits.size() == 2 && num_answers_ == 1;
  if (!has_answers || logits[0] != batch)
    throw base::UserError(fmt::format("the graph gives {} for {} streams; wanted are logits for {} answers to each",
                                      tensor::to_string(logits), batch, num_answers_));
}

Tensor StepNetwork::push(std::span<StreamState* const> streams, std::span<const Tensor> chunks) const {
  if (streams.empty() || streams.size() != chunks.size())
    throw base::InternalError(fmt::format("{} streams and {} chunks", streams.size(), chunks.size()));
  const auto batch = static_cast<int64_t>(streams.size());
  std::vector<Tensor> inputs;
  inputs.push_back(Tensor::unset(with_batch(batch, chunk_shape_)));
  for (size_t n = 0; n < chunks.size(); ++n) {
    if (chunks[n].shape() != chunk_shape_ || chunks[n].dtype() != tensor::DType::f32)
      throw base::UserError(fmt::format("new frames have shape {}; the network takes float32 {}",
                                        tensor::to_string(chunks[n].shape()), tensor::to_string(chunk_shape_)));
    copy_row(chunks[n], n, inputs[0]);
  }
  // A single stream's states are megabytes that need not be copied: lent to the run, given back where it fails.
  std::vector<Tensor>* const lent = batch == 1 && !streams[0]->values.empty() ? &streams[0]->values : nullptr;
  for (size_t index = 0; index < states_.size(); ++index)
    inputs.push_back(lent != nullptr ? std::move((*lent)[index]) : stack_state(states_[index], index, streams));
  std::vector<Tensor> outputs;
  try {
    outputs = engine_->run_all(inputs);
    check_answer(outputs, batch);
  } catch (...) {
    if (lent != nullptr) std::ranges::move(inputs.begin() + 1, inputs.end(), lent->begin());
    throw;
  }
  for (StreamState* stream : streams) stream->values.clear();
  for (const State& state : states_) {
    std::vector<Tensor> rows = rows_of(std::move(outputs[state.output]));
    for (size_t n = 0; n < streams.size(); ++n) streams[n]->values.push_back(std::move(rows[n]));
  }
  return outputs[0].reshaped({batch, num_answers_, outputs[0].shape().back()});
}

Tensor StepNetwork::push(StreamState& stream, const Tensor& chunk) const {
  StreamState* const one = &stream;
  const Tensor logits = push({&one, 1}, {&chunk, 1});
  return logits.reshaped({num_answers_, logits.shape().back()});
}

Tensor last_answers(const Tensor& logits) {
  const size_t classes = static_cast<size_t>(logits.dim(2)), answers = static_cast<size_t>(logits.dim(1));
  Tensor last({logits.dim(0), logits.dim(2)});
  for (size_t n = 0; n < static_cast<size_t>(logits.dim(0)); ++n)
    std::ranges::copy(logits.floats().subspan(((n + 1) * answers - 1) * classes, classes),
                      last.floats().subspan(n * classes).begin());
  return last;
}

std::unique_ptr<Engine> make_stepwise_engine(std::shared_ptr<const StepNetwork> network) {
  return std::make_unique<StepwiseEngine>(std::move(network));
}

}  // namespace gerund::infer
