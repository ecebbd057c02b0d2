// tests/infer/value_ranges.h - ranges to quantize a network by.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "graph/quantize.h"
#include "infer/engine.h"

namespace gerund::infer {

/// The range that each value which graph::quantize rounds takes on `input`.
inline std::map<std::string, graph::ValueRange> ranges_on(graph::Model model, const tensor::Tensor& input) {
  const std::vector<std::string> values = graph::values_to_quantize(model);
  model.outputs.clear();
  for (const std::string& value : values) model.outputs.push_back({value, {}});
  const std::vector<tensor::Tensor> outputs = make_engine(model, {"reference", 1, "auto"})->run_all({&input, 1});
  std::map<std::string, graph::ValueRange> ranges;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto [low, high] = std::ranges::minmax(outputs[i].floats());
    ranges[values[i]] = {low, high};
  }
  return ranges;
}

}  // namespace gerund::infer
