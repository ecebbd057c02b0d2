#include "nets/lower.h"

#include <fmt/format.h>

#include "base/error.h"

namespace gerund::nets {
namespace {

using Ints = std::vector<int64_t>;

// Appends nodes to a graph; every method returns the name of the value it makes.
class GraphBuilder {
 public:
  GraphBuilder(const Architecture& architecture, const std::map<std::string, tensor::Tensor>& weights)
      : volume_(architecture.volume), weights_(weights) {}

  std::string stem(const std::string& input, int64_t in, int64_t out) {
    const std::string x = volume_ ? conv("conv1", input, {out, in, 5, 7, 7}, {2, 2, 2}, {2, 3, 3})
                                  : conv("conv1", input, {out, in, 7, 7}, {2, 2}, {3, 3});
    return pool(relu("relu1", batch_norm("bn1", x, out)));
  }

  std::string basic_block(const std::string& name, const std::string& input, int64_t in, int64_t out, int64_t stride) {
    std::string x =
        relu(name + ".relu1", batch_norm(name + ".bn1", conv3(name + ".conv1", input, in, out, stride), out));
    x = batch_norm(name + ".bn2", conv3(name + ".conv2", x, out, out, 1), out);
    std::string shortcut = input;
    if (stride != 1 || in != out) {
      shortcut = batch_norm(name + ".downsample.1", conv1(name + ".downsample.0", input, in, out, stride), out);
    }
    return relu(name + ".relu2", node("Add", name + ".add", {x, shortcut}));
  }

  void head(const std::string& input, int64_t channels, int64_t num_classes) {
    const std::string pooled = node("GlobalAveragePool", "avg_pool", {input});
    const std::string flat = node("Flatten", "flatten", {pooled}, {{"axis", int64_t{1}}});
    node("Gemm", "fc_cls",
         {flat, weight("fc_cls.weight", {num_classes, channels}), weight("fc_cls.bias", {num_classes})},
         {{"transB", int64_t{1}}}, "fc_pred");
  }

  graph::Model model;

 private:
  std::string node(const std::string& op, const std::string& name, std::vector<std::string> inputs,
                   std::map<std::string, graph::Attribute> attributes = {}, std::string output = {}) {
    if (output.empty()) output = name + ".out";
    model.nodes.push_back({op, name, std::move(inputs), {output}, std::move(attributes)});
    return output;
  }

  std::string weight(const std::string& name, const tensor::Shape& shape) {
    const auto found = weights_.find(name);
    if (found == weights_.end())
      throw base::UserError(fmt::format("weights: '{}' is missing; the file belongs to another network", name));
    if (found->second.shape() != shape) {
      throw base::UserError(
          fmt::format("weights: '{}' has shape {}, the network needs {}; the file belongs to another network", name,
                      tensor::to_string(found->second.shape()), tensor::to_string(shape)));
    }
    model.initializers[name] = found->second;
    return name;
  }

  std::string conv(const std::string& name, const std::string& input, const tensor::Shape& shape, const Ints& strides,
                   const Ints& padding) {
    Ints pads = padding;
    pads.insert(pads.end(), padding.begin(), padding.end());
    const Ints kernel(shape.begin() + 2, shape.end());
    return node("Conv", name, {input, weight(name + ".weight", shape)},
                {{"kernel_shape", kernel}, {"strides", strides}, {"pads", pads}});
  }

  std::string conv3(const std::string& name, const std::string& input, int64_t in, int64_t out, int64_t stride) {
    if (volume_) return conv(name, input, {out, in, 3, 3, 3}, {1, stride, stride}, {1, 1, 1});
    return conv(name, input, {out, in, 3, 3}, {stride, stride}, {1, 1});
  }

  std::string conv1(const std::string& name, const std::string& input, int64_t in, int64_t out, int64_t stride) {
    if (volume_) return conv(name, input, {out, in, 1, 1, 1}, {1, stride, stride}, {0, 0, 0});
    return conv(name, input, {out, in, 1, 1}, {stride, stride}, {0, 0});
  }

  std::string batch_norm(const std::string& name, const std::string& input, int64_t channels) {
    std::vector<std::string> inputs{input};
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
      inputs.push_back(weight(name + part, {channels}));
    return node("BatchNormalization", name, inputs, {{"epsilon", 1e-5F}});
  }

  std::string relu(const std::string& name, const std::string& input) { return node("Relu", name, {input}); }

  std::string pool(const std::string& input) {
    if (volume_)
      return node("MaxPool", "maxpool", {input},
                  {{"kernel_shape", Ints{1, 3, 3}}, {"strides", Ints{2, 2, 2}}, {"pads", Ints{0, 1, 1, 0, 1, 1}}});
    return node("MaxPool", "maxpool", {input},
                {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
  }

  bool volume_;
  const std::map<std::string, tensor::Tensor>& weights_;
};

}  // namespace

graph::Model lower(const Architecture& architecture, const std::map<std::string, tensor::Tensor>& weights,
                   int64_t height, int64_t width) {
  GraphBuilder builder(architecture, weights);
  builder.model.name = fmt::format("{}_{}_rgb", architecture.backbone, architecture.volume ? "3d" : "2d");
  const tensor::Shape input = architecture.volume ? tensor::Shape{-1, 3, architecture.num_frames, height, width}
                                                  : tensor::Shape{-1, input_channels(architecture), height, width};
  builder.model.inputs = {{"input_rgb", input}};
  builder.model.outputs = {{"fc_pred", {-1, architecture.num_classes}}};

  std::string x = builder.stem("input_rgb", input_channels(architecture), architecture.width);
  int64_t channels = architecture.width;
  const std::vector<int64_t> depths = stage_depths(architecture);
  for (size_t stage = 0; stage < depths.size(); ++stage) {
    const int64_t out = architecture.width << stage;
    for (int64_t block = 0; block < depths[stage]; ++block) {
      x = builder.basic_block(fmt::format("layer{}.{}", stage + 1, block), x, channels, out,
                              block == 0 && stage > 0 ? 2 : 1);
      channels = out;
    }
  }
  builder.head(x, channels, architecture.num_classes);
  return builder.model;
}

}  // namespace gerund::nets
