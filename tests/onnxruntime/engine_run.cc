// engine_run MODEL.onnx PAIR.safetensors [WRITTEN.onnx] - runs gerund's engine on a model with random inputs of batch
// 2, and writes them as "input/NAME" and the outputs as "output/NAME": a pair to compare other runtimes with.
// WRITTEN.onnx: the model as gerund writes it, batch norm folded.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/random.h"
#include "graph/onnx_file.h"
#include "graph/transform.h"
#include "onnxruntime/pair.h"

namespace gerund {
namespace {

std::vector<tensor::Tensor> random_inputs(const graph::Model& model) {
  base::Random random(1);
  std::vector<tensor::Tensor> inputs;
  for (const graph::Value& value : model.inputs) {
    tensor::Shape shape = value.shape;
    for (int64_t& extent : shape) extent = extent == -1 ? 2 : extent;
    inputs.emplace_back(shape);
    for (float& x : inputs.back().floats()) x = static_cast<float>(random.normal());
  }
  return inputs;
}

void run(const std::vector<std::string>& arguments) {
  const graph::Model model = graph::read_onnx(arguments[0]);
  write_pair(arguments[1], model, random_inputs(model));
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
