// Batch norm folding. Source of the formula: Ioffe and Szegedy, Batch Normalization (2015), section 3.1, inference.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "graph/attributes.h"
#include "graph/transform.h"

namespace gerund::graph {
namespace {

using tensor::Tensor;

/// How often each value is read; the graph's own outputs count.
std::map<std::string, int> count_readers(const Model& model) {
  std::map<std::string, int> readers;
  for (const Node& node : model.nodes) {
    for (const std::string& input : node.inputs) ++readers[input];
  }
  for (const Value& output : model.outputs) ++readers[output.name];
  return readers;
}

/// Every name in use, of values and weights.
std::set<std::string> all_names(const Model& model) {
  std::set<std::string> names;
  for (const auto& [name, weight] : model.initializers) names.insert(name);
  for (const Value& input : model.inputs) names.insert(input.name);
  for (const Node& node : model.nodes) names.insert(node.outputs.begin(), node.outputs.end());
  return names;
}

bool has_bias(const Node& conv) {
  return conv.inputs.size() > 2 && !conv.inputs[2].empty();
}

/// "conv1.weight" becomes "conv1.bias", as PyTorch would call it.
std::string bias_name(const std::string& weight_name) {
  const std::string ending = ".weight";
  const bool ends = weight_name.size() > ending.size() &&
                    weight_name.compare(weight_name.size() - ending.size(), ending.size(), ending) == 0;
  return (ends ? weight_name.substr(0, weight_name.size() - ending.size()) : weight_name) + ".bias";
}

class Folder {
 public:
  explicit Folder(Model model) : model_(std::move(model)), readers_(count_readers(model_)), names_(all_names(model_)) {}

  Model run() {
    std::vector<Node> kept;
    for (Node& node : model_.nodes) {
      if (Node* conv = foldable_conv(node, kept)) {
        fold(*conv, node);
      } else {
        kept.push_back(std::move(node));
      }
    }
    model_.nodes = std::move(kept);
    drop_replaced_weights();
    return std::move(model_);
  }

 private:
  const Tensor* float_weight(const std::string& name) const {
    const auto found = model_.initializers.find(name);
    if (found == model_.initializers.end() || found->second.dtype() != tensor::DType::f32) return nullptr;
    return &found->second;
  }

  bool is_vector(const std::string& name, int64_t extent) const {
    const Tensor* weight = float_weight(name);
    return weight != nullptr && weight->shape() == tensor::Shape{extent};
  }

  /// The Conv in `kept` that `norm` can be folded into: `norm` alone reads it, and their weights are constant and fit
  /// one another.
  Node* foldable_conv(const Node& norm, std::vector<Node>& kept) const {
    if (norm.op != "BatchNormalization" || norm.inputs.size() != 5 || norm.outputs.size() != 1) return nullptr;
    if (int_attribute(norm, "training_mode", 0) != 0 || readers_.at(norm.inputs[0]) != 1) return nullptr;
    const auto conv = std::find_if(kept.rbegin(), kept.rend(), [&](const Node& node) {
      return node.op == "Conv" && node.inputs.size() >= 2 && node.outputs == std::vector{norm.inputs[0]};
    });
    if (conv == kept.rend()) return nullptr;
    const Tensor* weight = float_weight(conv->inputs[1]);
    if (weight == nullptr || weight->size() == 0 || weight->shape().empty()) return nullptr;
    const int64_t channels = weight->dim(0);
    const bool fits = std::all_of(norm.inputs.begin() + 1, norm.inputs.end(),
                                  [&](const std::string& name) { return is_vector(name, channels); });
    return fits && (!has_bias(*conv) || is_vector(conv->inputs[2], channels)) ? &*conv : nullptr;
  }

  /// A weight to be changed; a copy where others read it as well.
  Tensor taken(const std::string& name) {
    Tensor& weight = model_.initializers.at(name);
    return readers_.at(name) == 1 ? std::move(weight) : weight;
  }

  /// w' = w * scale / sqrt(variance + epsilon); b' = (b - mean) * scale / sqrt(variance + epsilon) + shift.
  void fold(Node& conv, const Node& norm) {
    Tensor weight = taken(conv.inputs[1]);
    const int64_t channels = weight.dim(0);
    Tensor bias = has_bias(conv) ? taken(conv.inputs[2]) : Tensor({channels});
    const auto scale = float_weight(norm.inputs[1])->floats();
    const auto shift = float_weight(norm.inputs[2])->floats();
    const auto mean = float_weight(norm.inputs[3])->floats();
    const auto variance = float_weight(norm.inputs[4])->floats();
    const double epsilon = float_attribute(norm, "epsilon", 1e-5F);
    const auto per_channel = static_cast<size_t>(weight.size() / channels);
    for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
      const double factor = scale[c] / std::sqrt(static_cast<double>(variance[c]) + epsilon);
      for (float& w : weight.floats().subspan(c * per_channel, per_channel)) w = static_cast<float>(w * factor);
      float& b = bias.floats()[c];
      b = static_cast<float>((static_cast<double>(b) - mean[c]) * factor + shift[c]);
    }
    replaced_.insert(norm.inputs.begin() + 1, norm.inputs.end());
    const std::string name_of_bias = has_bias(conv) ? conv.inputs[2] : bias_name(conv.inputs[1]);
    conv.inputs.resize(3);
    conv.inputs[2] = store(conv.inputs[2], name_of_bias, std::move(bias));
    conv.inputs[1] = store(conv.inputs[1], conv.inputs[1], std::move(weight));
    conv.outputs = norm.outputs;
  }

  /// Puts `weight` in the place of the weight `old` ("": of none). A weight that others read as well stays as it is for
  /// them, and the new one gets a name of its own like `wish`.
  std::string store(const std::string& old, const std::string& wish, Tensor weight) {
    std::string name = wish;
    const bool may_replace = !old.empty() && old == wish && readers_.at(old) == 1;
    for (int i = 1; !may_replace && !names_.insert(name).second; ++i) name = fmt::format("{}.{}", wish, i);
    if (!old.empty()) replaced_.insert(old);
    readers_[name] = 1;
    model_.initializers[name] = std::move(weight);
    return name;
  }

  void drop_replaced_weights() {
    const std::map<std::string, int> readers = count_readers(model_);
    for (const std::string& name : replaced_) {
      if (readers.count(name) == 0) model_.initializers.erase(name);
    }
  }

  Model model_;
  std::map<std::string, int> readers_;
  std::set<std::string> names_;
  std::set<std::string> replaced_;  // Weights that a fold has read.
};

}  // namespace

Model fold_batch_norm(Model model) {
  return Folder(std::move(model)).run();
}

}  // namespace gerund::graph
