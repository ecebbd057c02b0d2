// step_network FOLDER - writes a narrow causal network that carries its state as FOLDER/step<F>.onnx, for chunks of F =
// 4 and 8 frames, with a pair for states that are not zero in FOLDER/step<F>.safetensors.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "base/random.h"
#include "graph/onnx_file.h"
#include "graph/transform.h"
#include "nets/fresh.h"
#include "nets/lower.h"
#include "onnxruntime/pair.h"

namespace gerund {
namespace {

tensor::Tensor random_values(tensor::Shape shape, base::Random& random) {
  if (shape.front() == -1) shape.front() = 2;
  tensor::Tensor values(shape);
  for (float& x : values.floats()) x = static_cast<float>(random.uniform(0, 1));
  return values;
}

void write_network(const std::filesystem::path& folder, int64_t step_frames) {
  nets::Architecture architecture;
  architecture.causal = true;
  architecture.num_frames = 16;
  architecture.width = 8;
  architecture.num_classes = 5;
  const graph::Model model =
      graph::fold_batch_norm(nets::lower_step(architecture, nets::fresh_weights(architecture), 48, 40, step_frames));
  base::Random random(1);
  std::vector<tensor::Tensor> inputs;
  for (const graph::Value& value : model.inputs) {
    inputs.push_back(random_values(value.shape, random));
    if (value.name == "state_count")
      inputs.back().floats()[0] = 2;  // Of the other stream: a fraction, as no stream has it.
  }
  const std::string name = fmt::format("step{}", step_frames);
  write_pair(folder / (name + ".safetensors"), model, inputs);
  graph::write_onnx(folder / (name + ".onnx"), model);
}

}  // namespace
}  // namespace gerund

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::invalid_argument("usage: step_network FOLDER");
    for (const int64_t step_frames : {4, 8}) gerund::write_network(argv[1], step_frames);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "step_network: %s\n", error.what());
    return 1;
  }
}
