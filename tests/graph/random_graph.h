// tests/graph/random_graph.h - small random networks for property tests.
#pragma once

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "base/random.h"
#include "graph/model.h"
#include "graph/transform.h"

namespace gerund::graph {

/// Grows a graph node by node from an input [-1, C, (D,) H, W]; every node reads the newest value, so all of them
/// count.
class RandomGraph {
 public:
  explicit RandomGraph(uint64_t seed) : random_(seed) {
    model.name = "random";
    input = {1 + below(3), 1 + below(4)};
    for (int64_t axis = 0; axis < 2 + below(2); ++axis) input.push_back(3 + below(6));
    if (input.size() == 3) input.push_back(4);
    tensor::Shape declared = input;
    declared[0] = -1;
    model.inputs = {{"x", declared}};
    for (int64_t nodes = 1 + below(8); nodes > 0; --nodes) add_node();
    finish();
  }

  Model model;
  tensor::Shape input;  ///< A shape that the input takes.

  tensor::Tensor values(const tensor::Shape& shape) {
    tensor::Tensor result(shape);
    for (float& x : result.floats()) x = static_cast<float>(random_.uniform(-1, 1));
    return result;
  }

 private:
  using Ints = std::vector<int64_t>;

  int64_t below(int64_t count) { return random_.below(count); }

  tensor::Shape shape() const { return infer_shapes(model, {{"x", input}}).at(newest_); }

  std::string weight(tensor::Tensor value) {
    const std::string name = fmt::format("w{}", model.initializers.size());
    model.initializers[name] = std::move(value);
    return name;
  }

  void append(const std::string& op, std::vector<std::string> inputs, std::map<std::string, Attribute> attributes) {
    const std::string name = fmt::format("n{}", model.nodes.size());
    model.nodes.push_back({op, name, std::move(inputs), {name + ".out"}, std::move(attributes)});
    newest_ = name + ".out";
  }

  void add_node() {
    switch (below(9)) {
      case 0:
        return append(std::array{"Relu", "Sigmoid", "HardSwish"}[static_cast<size_t>(below(3))], {newest_}, {});
      case 1:
        return add_conv();
      case 2:
        return add_batch_norm();
      case 3:
        return add_pool();
      case 4:
        return add_shortcut();
      case 5:
        return append("Add", {newest_, newest_}, {});
      case 6:
        return append("Concat", {newest_, newest_}, {{"axis", int64_t{1}}});
      case 7:
        return add_slice();
      default:
        add_conv();
        return add_batch_norm();
    }
  }

  void add_conv() {
    const tensor::Shape in = shape();
    tensor::Shape kernel{1 + below(5), in[1]};
    Ints pads;
    Ints strides;
    for (size_t axis = 2; axis < in.size(); ++axis) {
      kernel.push_back(1 + below(3));
      pads.push_back(kernel.back() / 2 + below(2));
      strides.push_back(1 + below(2));
    }
    const Ints begin = pads;
    pads.insert(pads.end(), begin.begin(), begin.end());
    std::vector<std::string> inputs{newest_, weight(values(kernel))};
    if (below(2) != 0) inputs.push_back(weight(values({kernel[0]})));
    append("Conv", inputs, {{"pads", pads}, {"strides", strides}});
  }

  void add_batch_norm() {
    const int64_t channels = shape()[1];
    std::vector<std::string> inputs{newest_};
    for (int i = 0; i < 4; ++i) inputs.push_back(weight(values({channels})));
    for (float& variance : model.initializers[inputs[4]].floats()) variance = variance * variance + 0.1F;
    append("BatchNormalization", inputs, {{"epsilon", 1e-3F}});
  }

  void add_pool() {
    const size_t rank = shape().size() - 2;
    append(below(2) != 0 ? "MaxPool" : "AveragePool", {newest_},
           {{"kernel_shape", Ints(rank, 2)}, {"strides", Ints(rank, 1 + below(2))}, {"pads", Ints(2 * rank, 1)}});
  }

  /// Cuts one axis behind the batch, from the end or with a step, and keeps at least one index.
  void add_slice() {
    const tensor::Shape in = shape();
    const auto axis = 1 + below(static_cast<int64_t>(in.size()) - 1);
    const int64_t extent = in[static_cast<size_t>(axis)];
    const int64_t start = below(extent);
    append("Slice",
           {newest_, weight(list(below(2) != 0 ? start : start - extent)), weight(list(extent + below(3))),
            weight(list(axis)), weight(list(1 + below(2)))},
           {});
  }

  static tensor::Tensor list(int64_t value) {
    tensor::Tensor result({1}, tensor::DType::i64);
    result.ints()[0] = value;
    return result;
  }

  /// y = x + relu(conv(x)), which keeps the shape.
  void add_shortcut() {
    const std::string from = newest_;
    const tensor::Shape in = shape();
    tensor::Shape kernel{in[1], in[1]};
    for (size_t axis = 2; axis < in.size(); ++axis) kernel.push_back(3);
    append("Conv", {from, weight(values(kernel))}, {{"pads", Ints(2 * (in.size() - 2), 1)}});
    if (below(2) != 0) add_batch_norm();
    append("Relu", {newest_}, {});
    append("Add", {newest_, from}, {});
  }

  void finish() {
    append("GlobalAveragePool", {newest_}, {});
    append("Flatten", {newest_}, {{"axis", int64_t{1}}});
    const int64_t channels = shape()[1];
    append("Gemm", {newest_, weight(values({3, channels})), weight(values({3}))}, {{"transB", int64_t{1}}});
    model.outputs = {{newest_, {-1, 3}}};
  }

  base::Random random_;
  std::string newest_ = "x";  // The value made last.
};

}  // namespace gerund::graph
