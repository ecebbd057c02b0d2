// quantized_networks FOLDER MODEL.onnx... - writes each model in whole numbers as FOLDER/quantized_NAME.onnx, and
// beside it a pair of inputs and outputs by gerund's engine. Ranges are those on the inputs.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "base/random.h"
#include "graph/onnx_file.h"
#include "graph/quantize.h"
#include "infer/value_ranges.h"
#include "onnxruntime/pair.h"

namespace gerund {
namespace {

void write_quantized(const std::filesystem::path& folder, const std::filesystem::path& path) {
  graph::Model model = graph::read_onnx(path);
  model.opset = 17;  // Nothing of these networks changed since theirs.
  tensor::Shape shape = model.inputs.at(0).shape;
  std::replace(shape.begin(), shape.end(), int64_t{-1}, int64_t{2});
  tensor::Tensor input(shape);
  base::Random random(3);
  for (float& x : input.floats()) x = static_cast<float>(random.normal());
  const graph::Model quantized = graph::quantize(model, infer::ranges_on(model, input));
  const std::string name = "quantized_" + path.stem().string();
  graph::write_onnx(folder / (name + ".onnx"), quantized);
  write_pair(folder / (name + ".safetensors"), quantized, {&input, 1});
}

}  // namespace
}  // namespace gerund

int main(int argc, char** argv) {
  try {
    if (argc < 3) throw std::invalid_argument("usage: quantized_networks FOLDER MODEL.onnx...");
    for (int i = 2; i < argc; ++i) gerund::write_quantized(argv[1], argv[i]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "quantized_networks: %s\n", error.what());
    return 1;
  }
}
