#include "graph/quantize.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"

namespace gerund::graph {
namespace {

using tensor::DType;
using tensor::Tensor;

constexpr int64_t kFirstOpset = 13;
constexpr float kMaxWeight = 63;
constexpr float kScaleOfZeros = 1e-6F;  // Small, since the scale of the bias follows from it.
constexpr float kMaxActivation = 255;

bool is_graph_input(const Model& model, const std::string& name) {
  return std::any_of(model.inputs.begin(), model.inputs.end(), [&](const Value& one) { return one.name == name; });
}

bool is_quantizable(const Model& model, const Node& node) {
  return node.op == "Conv" && model.initializers.contains(node.inputs[1]) && !is_graph_input(model, node.inputs[0]) &&
         !model.initializers.contains(node.inputs[0]) &&
         (node.inputs.size() < 3 || node.inputs[2].empty() || model.initializers.contains(node.inputs[2]));
}

Tensor scalar(float value) {
  return Tensor({}, std::vector<float>{value});
}

Tensor scalar_u8(float value) {
  Tensor result({}, DType::u8);
  result.bytes_u8()[0] = static_cast<uint8_t>(value);
  return result;
}

class Quantizer {
 public:
  Quantizer(const Model& model, const std::map<std::string, ValueRange>& ranges) : model_(model), ranges_(ranges) {}

  Model run() {
    if (model_.opset < kFirstOpset) {
      throw base::UserError(fmt::format("the network is of opset {}; one scale per channel needs opset {} at least",
                                        model_.opset, kFirstOpset));
    }
    for (const Node& node : model_.nodes) {
      taken_.insert(node.inputs.begin(), node.inputs.end());
      taken_.insert(node.outputs.begin(), node.outputs.end());
    }
    const std::vector<std::string> values = values_to_quantize(model_);
    if (values.empty())
      throw base::UserError("no convolution of the network can be quantized; export it without --int8");
    const std::set<std::string> rounded(values.begin(), values.end());
    result_ = model_;
    result_.nodes.clear();
    for (Node node : model_.nodes) {
      if (is_quantizable(model_, node)) quantize_weights(node);
      for (std::string& input : node.inputs) {
        if (const auto found = dequantized_.find(input); found != dequantized_.end()) input = found->second;
      }
      const std::string output = node.outputs.front();
      result_.nodes.push_back(std::move(node));
      if (rounded.contains(output)) add_rounding(output);
    }
    return std::move(result_);
  }

 private:
  /// x = (q - zero) * scale, with q of 0 to 255 and zero such that x = 0 is met exactly.
  void add_rounding(const std::string& value) {
    const auto found = ranges_.find(value);
    if (found == ranges_.end()) throw base::InternalError(fmt::format("no range of '{}' is known", value));
    const float low = std::min(found->second.low, 0.0F), high = std::max(found->second.high, 0.0F);
    const float scale = high > low ? (high - low) / kMaxActivation : 1.0F;
    scales_[value] = scale;
    const std::vector<std::string> by{new_name(value + "_scale"), new_name(value + "_zero")};
    result_.initializers[by[0]] = scalar(scale);
    result_.initializers[by[1]] = scalar_u8(std::clamp(std::round(-low / scale), 0.0F, kMaxActivation));
    const std::string quantized = new_name(value + "_quantized");
    const std::string back = dequantized_[value] = new_name(value + "_dequantized");
    result_.nodes.push_back({"QuantizeLinear", value + "/quantize", {value, by[0], by[1]}, {quantized}, {}});
    result_.nodes.push_back({"DequantizeLinear", value + "/dequantize", {quantized, by[0], by[1]}, {back}, {}});
  }

  /// Replaces weight and bias of a Conv by dequantized whole numbers.
  void quantize_weights(Node& node) {
    const std::string weight_name = node.inputs[1];
    const Tensor& weights = model_.initializers.at(weight_name);
    const auto channels = static_cast<size_t>(weights.dim(0));
    const size_t each = weights.floats().size() / channels;
    Tensor whole(weights.shape(), DType::i8), scales({weights.dim(0)});
    for (size_t channel = 0; channel < channels; ++channel) {
      const auto from = weights.floats().subspan(channel * each, each);
      const auto to = whole.bytes_i8().subspan(channel * each, each);
      float largest = 0;
      for (const float w : from) largest = std::max(largest, std::abs(w));
      const float scale = largest > 0 ? largest / kMaxWeight : kScaleOfZeros;
      scales.floats()[channel] = scale;
      std::transform(from.begin(), from.end(), to.begin(),
                     [=](float w) { return static_cast<int8_t>(std::nearbyint(w / scale)); });
    }
    node.inputs[1] = add_constant(weight_name, whole, scales);
    if (node.inputs.size() > 2 && !node.inputs[2].empty()) quantize_bias(node, scales);
  }

  /// The scale of a bias is the product of those of input and weight, so that it adds to sums of their products.
  void quantize_bias(Node& node, const Tensor& weight_scales) {
    const Tensor& bias = model_.initializers.at(node.inputs[2]);
    const float input_scale = scales_.at(node.inputs[0]);
    Tensor whole(bias.shape(), DType::i32), scales(bias.shape());
    for (size_t channel = 0; channel < bias.floats().size(); ++channel) {
      const float scale = input_scale * weight_scales.floats()[channel];
      const double steps = std::nearbyint(static_cast<double>(bias.floats()[channel]) / static_cast<double>(scale));
      if (!(std::abs(steps) < static_cast<double>(std::numeric_limits<int32_t>::max()))) return;  // Stays float32.
      scales.floats()[channel] = scale;
      whole.ints_i32()[channel] = static_cast<int32_t>(steps);
    }
    node.inputs[2] = add_constant(node.inputs[2] + "_of_" + node.outputs.front(), whole, scales);
  }

  /// The name of the constant's float32 value. Its axis of scales is the first.
  std::string add_constant(const std::string& name, const Tensor& whole, const Tensor& scales) {
    if (const auto known = constants_.find(name); known != constants_.end()) return known->second;  // Shared.
    const std::vector<std::string> inputs{new_name(name + "_quantized"), new_name(name + "_scale"),
                                          new_name(name + "_zero")};
    std::string value = constants_[name] = new_name(name + "_dequantized");
    result_.initializers[inputs[0]] = whole;
    result_.initializers[inputs[1]] = scales;
    result_.initializers[inputs[2]] = Tensor(scales.shape(), whole.dtype());
    result_.nodes.push_back({"DequantizeLinear", name + "/dequantize", inputs, {value}, {{"axis", int64_t{0}}}});
    return value;
  }

  /// `wanted`, or with underscores behind it where the model has a value of that name.
  std::string new_name(std::string wanted) {
    while (!taken_.insert(wanted).second) wanted += "_";
    return wanted;
  }

  const Model& model_;
  const std::map<std::string, ValueRange>& ranges_;
  Model result_;
  std::set<std::string> taken_;                     // Names of values.
  std::map<std::string, float> scales_;             // Of the values rounded so far.
  std::map<std::string, std::string> dequantized_;  // What readers of such a value read instead.
  std::map<std::string, std::string> constants_;    // The same of constants.
};

/// Initializers that no node reads leave the model.
Model without_unread(Model model) {
  std::set<std::string> read;
  for (const Node& node : model.nodes) read.insert(node.inputs.begin(), node.inputs.end());
  std::erase_if(model.initializers, [&](const auto& entry) { return !read.contains(entry.first); });
  return model;
}

}  // namespace

std::vector<std::string> values_to_quantize(const Model& model) {
  std::vector<std::string> values;
  for (const Node& node : model.nodes) {
    if (is_quantizable(model, node) && std::find(values.begin(), values.end(), node.inputs[0]) == values.end())
      values.push_back(node.inputs[0]);
  }
  return values;
}

Model quantize(const Model& model, const std::map<std::string, ValueRange>& ranges) {
  return without_unread(Quantizer(model, ranges).run());
}

}  // namespace gerund::graph
