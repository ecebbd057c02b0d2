#include "infer/onednn/fusion.h"

#include <algorithm>
#include <optional>
#include <set>

#include "graph/attributes.h"

namespace gerund::infer {
namespace {

class Fuser {
 public:
  Fuser(const graph::Model& model, const std::map<std::string, tensor::Shape>& shapes)
      : model_(model), shapes_(shapes) {
    for (size_t i = 0; i < model.nodes.size(); ++i) {
      for (const std::string& name : model.nodes[i].inputs) readers_[name].push_back(i);
      for (const std::string& name : model.nodes[i].outputs) maker_[name] = i;
    }
    for (const graph::Value& output : model.outputs) readers_[output.name].push_back(model.nodes.size());
  }

  std::vector<FusedNode> run() {
    std::vector<FusedNode> result;
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      if (merged_.contains(i)) continue;
      FusedNode fused{&model_.nodes[i], model_.nodes[i].outputs.front(), "", {}};
      if (fused.node->op == "Conv") {
        merge_addition(i, fused);
        merge_clamp(fused);
      } else if (fused.node->op == "QuantizeLinear") {
        merge_dequantize(fused);
      }
      result.push_back(fused);
    }
    return result;
  }

 private:
  /// The only node that reads `name`, if that node has one output.
  std::optional<size_t> only_reader(const std::string& name) const {
    const auto found = readers_.find(name);
    if (found == readers_.end() || found->second.size() != 1 || found->second.front() == model_.nodes.size())
      return std::nullopt;
    return found->second.front();
  }

  void merge_addition(size_t index, FusedNode& fused) {
    const std::optional<size_t> reader = only_reader(fused.output);
    if (!reader || model_.nodes[*reader].op != "Add") return;
    const graph::Node& add = model_.nodes[*reader];
    const std::string& other = add.inputs[0] == fused.output ? add.inputs[1] : add.inputs[0];
    if (model_.initializers.contains(other) || shapes_.at(other) != shapes_.at(fused.output)) return;
    const auto maker = maker_.find(other);
    if (maker != maker_.end() && maker->second > index) return;  // Not there yet: its own Conv may take the addition.
    fused.summand = other;
    fused.output = add.outputs.front();
    merged_.insert(*reader);
  }

  void merge_clamp(FusedNode& fused) {
    const std::optional<size_t> reader = only_reader(fused.output);
    if (!reader) return;
    const graph::Node& node = model_.nodes[*reader];
    if (node.op == "Relu") {
      fused.clamp.low = 0;
    } else if (const std::optional<Clamp> clamp = node.op == "Clip" ? clamp_of(node) : std::nullopt; clamp) {
      fused.clamp = *clamp;
    } else {
      return;
    }
    fused.output = node.outputs.front();
    merged_.insert(*reader);
  }

  /// A DequantizeLinear by the same scale and zero point: together they round.
  void merge_dequantize(FusedNode& fused) {
    const std::optional<size_t> reader = only_reader(fused.output);
    if (!reader || model_.nodes[*reader].op != "DequantizeLinear") return;
    const std::vector<std::string>& quantize = fused.node->inputs;
    const std::vector<std::string>& dequantize = model_.nodes[*reader].inputs;
    if (!std::equal(quantize.begin() + 1, quantize.end(), dequantize.begin() + 1, dequantize.end())) return;
    fused.output = model_.nodes[*reader].outputs.front();
    merged_.insert(*reader);
  }

  /// The bounds of a Clip, attributes (opset 6) or constants; nullopt where they are computed.
  std::optional<Clamp> clamp_of(const graph::Node& node) const {
    Clamp clamp;
    clamp.low = graph::float_attribute(node, "min", clamp.low);
    clamp.high = graph::float_attribute(node, "max", clamp.high);
    for (size_t input = 1; input < node.inputs.size(); ++input) {
      if (node.inputs[input].empty()) continue;
      const auto bound = model_.initializers.find(node.inputs[input]);
      if (bound == model_.initializers.end() || bound->second.size() != 1) return std::nullopt;
      (input == 1 ? clamp.low : clamp.high) = bound->second.floats().front();
    }
    return clamp;
  }

  const graph::Model& model_;
  const std::map<std::string, tensor::Shape>& shapes_;
  std::map<std::string, std::vector<size_t>> readers_;
  std::map<std::string, size_t> maker_;
  std::set<size_t> merged_;
};

}  // namespace

std::vector<FusedNode> fuse(const graph::Model& model, const std::map<std::string, tensor::Shape>& shapes) {
  return Fuser(model, shapes).run();
}

}  // namespace gerund::infer
