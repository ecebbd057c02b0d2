#include <algorithm>
#include <utility>

#include "graph/attributes.h"
#include "graph/transform.h"

namespace gerund::graph {
namespace {

/// Who reads a value, by index of the node; outputs of the graph are read by somebody else as well.
std::map<std::string, std::vector<size_t>> readers_of(const Model& model) {
  std::map<std::string, std::vector<size_t>> readers;
  for (size_t i = 0; i < model.nodes.size(); ++i) {
    for (const std::string& name : model.nodes[i].inputs) readers[name].push_back(i);
  }
  for (const Value& output : model.outputs) readers[output.name].push_back(model.nodes.size());
  return readers;
}

bool works_by_element(const Node& node) {
  return node.op == "Relu" || node.op == "Clip" || node.op == "Sigmoid" || node.op == "HardSwish";
}

/// True for a node whose window and padding its attributes name one by one.
bool is_plain_window(const Node& node, size_t rank) {
  const Ints pads = ints_attribute(node, "pads", Ints(2 * rank, 0));
  const Ints strides = ints_attribute(node, "strides", Ints(rank, 1));
  return text_attribute(node, "auto_pad", "NOTSET") == "NOTSET" && int_attribute(node, "ceil_mode", 0) == 0 &&
         pads.size() == 2 * rank && strides.size() == rank;
}

/// Moves the stride of `pool` along axes where its window is one element wide to `conv`.
void move_strides(Node& conv, Node& pool) {
  const Ints kernel = ints_attribute(pool, "kernel_shape", {});
  const size_t rank = kernel.size();
  if (!is_plain_window(conv, rank) || !is_plain_window(pool, rank)) return;
  const Ints pads = ints_attribute(pool, "pads", Ints(2 * rank, 0));
  Ints conv_strides = ints_attribute(conv, "strides", Ints(rank, 1));
  Ints pool_strides = ints_attribute(pool, "strides", Ints(rank, 1));
  for (size_t axis = 0; axis < rank; ++axis) {
    if (kernel[axis] != 1 || pads[axis] != 0 || pads[axis + rank] != 0) continue;
    conv_strides[axis] *= std::exchange(pool_strides[axis], 1);
  }
  conv.attributes["strides"] = conv_strides;
  pool.attributes["strides"] = pool_strides;
}

}  // namespace

Model drop_unread_positions(Model model) {
  const auto readers = readers_of(model);
  for (size_t i = 0; i < model.nodes.size(); ++i) {
    if (model.nodes[i].op != "Conv") continue;
    for (size_t at = i; model.nodes[at].outputs.size() == 1;) {
      const auto found = readers.find(model.nodes[at].outputs.front());
      if (found == readers.end() || found->second.size() != 1 || found->second.front() == model.nodes.size()) break;
      at = found->second.front();
      Node& next = model.nodes[at];
      if (next.op == "MaxPool" && next.outputs.size() == 1) move_strides(model.nodes[i], next);
      if (!works_by_element(next)) break;
    }
  }
  return model;
}

}  // namespace gerund::graph
