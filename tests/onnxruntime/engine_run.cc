// engine_run MODEL.onnx PAIR.safetensors [WRITTEN.onnx] - runs gerund's engine on a model with random input of batch 2,
// and writes "input" and "output" as a pair to compare other runtimes with. WRITTEN.onnx: the model as gerund writes
// it, batch norm folded.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/random.h"
#include "graph/onnx_file.h"
#include "graph/transform.h"
#include "infer/engine.h"
#include "tensor/safetensors.h"

namespace gerund {
namespace {

tensor::Tensor random_input(const graph::Model& model) {
  tensor::Shape shape = model.inputs.at(0).shape;
  for (int64_t& extent : shape) extent = extent == -1 ? 2 : extent;
  tensor::Tensor input(shape);
  base::Random random(1);
  for (float& x : input.floats()) x = static_cast<float>(random.normal());
  return input;
}

void run(const std::vector<std::string>& arguments) {
  const graph::Model model = graph::read_onnx(arguments[0]);
  tensor::TensorFile pair;
  pair.tensors["input"] = random_input(model);
  pair.tensors["output"] = infer::make_engine(model, {})->run(pair.tensors["input"]);
  tensor::write_safetensors(arguments[1], pair);
  if (arguments.size() > 2) graph::write_onnx(arguments[2], graph::fold_batch_norm(model));
}

}  // namespace
}  // namespace gerund

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 2 && arguments.size() != 3) {
    std::fprintf(stderr, "usage: engine_run MODEL.onnx PAIR.safetensors [WRITTEN.onnx]\n");
    return 2;
  }
  try {
    gerund::run(arguments);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "engine_run: %s\n", error.what());
    return 1;
  }
}
