// tests/graph/golden_cases.h - what PyTorch computed, stored by tools/make_graph_golden.py.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "graph/model.h"
#include "tensor/safetensors.h"

namespace gerund::graph {

inline std::string golden_path(const std::string& file) {
  return std::string(GERUND_SOURCE_DIR) + "/tests/graph/golden/" + file;
}

/// A graph of one node with its input and PyTorch's output.
struct OperatorCase {
  std::string name;
  Model model;
  tensor::Tensor input;
  tensor::Tensor expected;
};

inline std::ostream& operator<<(std::ostream& out, const OperatorCase& operator_case) {
  return out << operator_case.name;
}

inline Attribute attribute_of(const nlohmann::json& value) {
  if (value.is_number_integer()) return value.get<int64_t>();
  if (value.is_number()) return value.get<float>();
  if (value.is_string()) return value.get<std::string>();
  return value.get<std::vector<int64_t>>();
}

inline OperatorCase operator_case_of(const nlohmann::json& entry, const tensor::TensorFile& file) {
  OperatorCase result;
  result.name = entry.at("name");
  result.expected = file.tensors.at(result.name + "/output");
  Model& model = result.model;
  model.name = result.name;
  model.opset = entry.at("opset");
  Node node{entry.at("op"), result.name, entry.at("inputs"), {"y"}, {}};
  for (const auto& [name, value] : entry.at("attributes").items()) node.attributes[name] = attribute_of(value);
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const std::string& input = node.inputs[i];
    if (input.empty()) continue;
    if (i == entry.at("run").get<size_t>()) {
      result.input = file.tensors.at(input);
      model.inputs = {{input, result.input.shape()}};
    } else {
      model.initializers[input] = file.tensors.at(input);
    }
  }
  model.outputs = {{"y", result.expected.shape()}};
  model.nodes = {node};
  return result;
}

inline std::vector<OperatorCase> operator_cases() {
  const tensor::TensorFile file = tensor::read_safetensors(golden_path("operators.safetensors"));
  std::vector<OperatorCase> cases;
  for (const nlohmann::json& entry : nlohmann::json::parse(file.metadata.at("cases"))) {
    cases.push_back(operator_case_of(entry, file));
  }
  return cases;
}

}  // namespace gerund::graph
