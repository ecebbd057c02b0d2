// random_networks FOLDER COUNT - writes random networks as FOLDER/random<i>.onnx, each with a pair of "input" and
// "output" by gerund's engine in FOLDER/random<i>.safetensors.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "graph/onnx_file.h"
#include "graph/random_graph.h"
#include "infer/engine.h"
#include "tensor/safetensors.h"

namespace gerund {
namespace {

void write_network(const std::filesystem::path& folder, uint64_t seed) {
  graph::RandomGraph random(seed);
  tensor::TensorFile pair;
  pair.tensors["input"] = random.values(random.input);
  pair.tensors["output"] = infer::make_engine(random.model, {})->run(pair.tensors["input"]);
  const std::string name = fmt::format("random{}", seed);
  tensor::write_safetensors(folder / (name + ".safetensors"), pair);
  graph::write_onnx(folder / (name + ".onnx"), random.model);
}

}  // namespace
}  // namespace gerund

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::invalid_argument("usage: random_networks FOLDER COUNT");
    const uint64_t count = std::stoull(argv[2]);
    for (uint64_t seed = 0; seed < count; ++seed) gerund::write_network(argv[1], seed);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "random_networks: %s\n", error.what());
    return 1;
  }
}
