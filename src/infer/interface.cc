#include "infer/interface.h"

#include <fmt/format.h>

#include <set>

#include "base/error.h"
#include "graph/attributes.h"
#include "graph/transform.h"

namespace gerund::infer {

void check_interface(const graph::Model& model) {
  if (model.inputs.empty() || model.outputs.empty()) {
    throw base::UserError(fmt::format("the network has {} inputs and {} outputs; at least one of each is wanted",
                                      model.inputs.size(), model.outputs.size()));
  }
  std::set<std::string> made;
  for (const graph::Node& node : model.nodes) {
    if (node.outputs.empty()) throw base::UserError(graph::describe(node) + ": has no output");
    made.insert(node.outputs.front());
  }
  std::set<std::string> listed;
  for (const graph::Value& output : model.outputs) {
    if (!made.contains(output.name)) throw base::UserError(fmt::format("output '{}' is made by no node", output.name));
    if (!listed.insert(output.name).second)
      throw base::UserError(fmt::format("output '{}' is listed twice", output.name));
  }
}

void check_shapes(const graph::Model& model) {
  std::map<std::string, tensor::Shape> shapes;
  for (const graph::Value& input : model.inputs) {
    tensor::Shape shape = input.shape;
    if (!shape.empty() && shape[0] == -1) shape[0] = 1;
    for (const int64_t extent : shape) {
      if (extent == -1) return;
    }
    shapes[input.name] = shape;
  }
  graph::infer_shapes(model, shapes);
}

std::map<std::string, tensor::Shape> input_shapes(std::span<const graph::Value> wanted,
                                                  std::span<const tensor::Tensor> inputs) {
  if (inputs.size() != wanted.size())
    throw base::UserError(fmt::format("{} inputs were given; the network has {}", inputs.size(), wanted.size()));
  std::map<std::string, tensor::Shape> shapes;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].dtype() != tensor::DType::f32)
      throw base::UserError(fmt::format("input '{}' of a network must be float32", wanted[i].name));
    shapes[wanted[i].name] = inputs[i].shape();
  }
  return shapes;
}

}  // namespace gerund::infer
