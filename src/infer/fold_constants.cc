#include "infer/fold_constants.h"

#include <algorithm>
#include <set>

#include "graph/transform.h"
#include "infer/reference/kernels.h"

namespace gerund::infer {
namespace {

bool is_output(const graph::Model& model, const std::string& name) {
  return std::any_of(model.outputs.begin(), model.outputs.end(),
                     [&](const graph::Value& output) { return output.name == name; });
}

bool reads_constants_alone(const graph::Model& model, const graph::Node& node) {
  return std::all_of(node.inputs.begin(), node.inputs.end(),
                     [&](const std::string& input) { return input.empty() || model.initializers.contains(input); });
}

/// The output's shape: that of a network of this node alone.
tensor::Shape shape_of(const graph::Model& model, const graph::Node& node) {
  graph::Model alone;
  alone.opset = model.opset;
  alone.nodes = {node};
  for (const std::string& input : node.inputs) {
    if (!input.empty()) alone.initializers[input] = model.initializers.at(input);
  }
  return graph::infer_shapes(alone, {}).at(node.outputs.front());
}

}  // namespace

graph::Model fold_constants(graph::Model model) {
  std::vector<graph::Node> kept;
  std::set<std::string> folded_inputs;
  for (graph::Node& node : model.nodes) {
    if (node.inputs.empty() || node.outputs.size() != 1 || is_output(model, node.outputs.front()) ||
        !reads_constants_alone(model, node)) {
      kept.push_back(std::move(node));
      continue;
    }
    KernelCall call{node, model.opset, {}, shape_of(model, node), 1};
    for (const std::string& input : node.inputs)
      call.inputs.push_back(input.empty() ? nullptr : &model.initializers.at(input));
    tensor::Tensor value = find_kernel(node)(call);
    folded_inputs.insert(node.inputs.begin(), node.inputs.end());
    model.initializers[node.outputs.front()] = std::move(value);
  }
  model.nodes = std::move(kept);
  for (const graph::Node& node : model.nodes) {
    for (const std::string& input : node.inputs) folded_inputs.erase(input);
  }
  for (const std::string& name : folded_inputs) model.initializers.erase(name);
  return model;
}

}  // namespace gerund::infer
