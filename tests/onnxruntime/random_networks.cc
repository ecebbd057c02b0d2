// random_networks FOLDER COUNT - writes random networks as FOLDER/random<i>.onnx, each with a pair of inputs and
// outputs by gerund's engine in FOLDER/random<i>.safetensors.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "graph/onnx_file.h"
#include "graph/random_graph.h"
#include "onnxruntime/pair.h"

namespace gerund {
namespace {

void write_network(const std::filesystem::path& folder, uint64_t seed) {
  graph::RandomGraph random(seed);
  const std::string name = fmt::format("random{}", seed);
  write_pair(folder / (name + ".safetensors"), random.model, std::vector{random.values(random.input)});
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
