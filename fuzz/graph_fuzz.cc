// fuzz/graph_fuzz.cc - bytes as an ONNX file, then its shapes and costs: only UserError may come out.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "graph/onnx_file.h"
#include "graph/transform.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gerund;
  try {
    const graph::Model model = graph::parse_onnx(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
    std::map<std::string, tensor::Shape> shapes;
    for (const graph::Value& input : model.inputs) {
      tensor::Shape& shape = shapes[input.name] = input.shape;
      for (int64_t& extent : shape) extent = extent == -1 ? 2 : extent;
    }
    graph::count_macs(graph::fold_batch_norm(model), shapes);
  } catch (const base::UserError&) {
    return 0;
  }
  return 0;
}
