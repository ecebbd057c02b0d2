// tests/onnxruntime/pair.h - inputs and what gerund's engine makes of them, for other runtimes to be compared with.
#pragma once

#include <filesystem>
#include <span>

#include "graph/model.h"
#include "infer/engine.h"
#include "tensor/safetensors.h"

namespace gerund {

/// Runs `model` and writes "input/NAME" for every input and "output/NAME" for every output.
inline void write_pair(const std::filesystem::path& path, const graph::Model& model,
                       std::span<const tensor::Tensor> inputs) {
  tensor::TensorFile pair;
  for (size_t i = 0; i < inputs.size(); ++i) pair.tensors["input/" + model.inputs[i].name] = inputs[i];
  const std::vector<tensor::Tensor> outputs = infer::make_engine(model, {})->run_all(inputs);
  for (size_t i = 0; i < outputs.size(); ++i) pair.tensors["output/" + model.outputs[i].name] = outputs[i];
  tensor::write_safetensors(path, pair);
}

}  // namespace gerund
