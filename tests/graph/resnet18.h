// tests/graph/resnet18.h - the ResNet-18 of the reference toolkit as a graph, 2D and 3D, without a trained weight.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "graph/model.h"

namespace gerund::graph {

/// Source: training-toolkit.md sections 3.1 and 3.2. Weights are zeros.
class Resnet18 {
 public:
  /// `channels` of the input; `width` channels after the stem (64 in the original).
  Resnet18(bool volume, int64_t channels, int64_t num_classes, int64_t width, bool batch_norm)
      : volume_(volume), batch_norm_(batch_norm) {
    model.name = "resnet18";
    std::string x = stem("clip", channels, width);
    int64_t in = width;
    for (int64_t stage = 0; stage < 4; ++stage) {
      const int64_t out = width << stage;
      for (int64_t block = 0; block < 2; ++block) {
        const int64_t stride = block == 0 && stage > 0 ? 2 : 1;
        x = basic_block(fmt::format("layer{}.{}", stage + 1, block), x, in, out, stride);
        in = out;
      }
    }
    x = node("GlobalAveragePool", "pool", {x}, {});
    x = node("Flatten", "flatten", {x}, {});
    weight("fc.weight", {num_classes, in});
    weight("fc.bias", {num_classes});
    model.nodes.push_back({"Gemm", "fc", {x, "fc.weight", "fc.bias"}, {"logits"}, {{"transB", int64_t{1}}}});
    model.outputs = {{"logits", {-1, num_classes}}};
  }

  Model model;  ///< The caller adds the input "clip".

 private:
  using Ints = std::vector<int64_t>;

  void weight(const std::string& name, const tensor::Shape& shape) {
    model.initializers.emplace(name, tensor::Tensor(shape));
  }

  std::string node(const std::string& op, const std::string& name, std::vector<std::string> inputs,
                   std::map<std::string, Attribute> attributes) {
    model.nodes.push_back({op, name, std::move(inputs), {name + ".out"}, std::move(attributes)});
    return name + ".out";
  }

  /// `kernel`, `strides` and `pads` are depth, height, width; a 2D network leaves the depth away.
  std::string conv(const std::string& name, const std::string& x, int64_t in, int64_t out, Ints kernel, Ints strides,
                   Ints pads) {
    for (Ints* axes : {&kernel, &strides, &pads}) {
      if (!volume_) axes->erase(axes->begin());
    }
    tensor::Shape shape{out, in};
    shape.insert(shape.end(), kernel.begin(), kernel.end());
    weight(name + ".weight", shape);
    const Ints begin = pads;
    pads.insert(pads.end(), begin.begin(), begin.end());
    const std::string y = node("Conv", name, {x, name + ".weight"}, {{"strides", strides}, {"pads", pads}});
    if (!batch_norm_) return y;
    std::vector<std::string> inputs{y};
    for (const char* part : {".scale", ".shift", ".mean", ".variance"}) {
      weight(name + ".bn" + part, {out});
      inputs.push_back(name + ".bn" + part);
    }
    return node("BatchNormalization", name + ".bn", inputs, {{"epsilon", 1e-5F}});
  }

  std::string stem(const std::string& x, int64_t in, int64_t out) {
    std::string y = conv("conv1", x, in, out, {5, 7, 7}, {2, 2, 2}, {2, 3, 3});
    y = node("Relu", "relu1", {y}, {});
    const Ints kernel = volume_ ? Ints{1, 3, 3} : Ints{3, 3};
    const Ints pads = volume_ ? Ints{0, 1, 1, 0, 1, 1} : Ints{1, 1, 1, 1};
    return node("MaxPool", "maxpool", {y},
                {{"kernel_shape", kernel}, {"strides", Ints(kernel.size(), 2)}, {"pads", pads}});
  }

  std::string basic_block(const std::string& name, const std::string& x, int64_t in, int64_t out, int64_t stride) {
    std::string y = conv(name + ".conv1", x, in, out, {3, 3, 3}, {1, stride, stride}, {1, 1, 1});
    y = node("Relu", name + ".relu1", {y}, {});
    y = conv(name + ".conv2", y, out, out, {3, 3, 3}, {1, 1, 1}, {1, 1, 1});
    std::string shortcut = x;
    if (in != out) shortcut = conv(name + ".downsample", x, in, out, {1, 1, 1}, {1, stride, stride}, {0, 0, 0});
    y = node("Add", name + ".add", {y, shortcut}, {});
    return node("Relu", name + ".relu2", {y}, {});
  }

  const bool volume_;
  const bool batch_norm_;
};

}  // namespace gerund::graph
