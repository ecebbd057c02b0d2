// nets/graph_builder.h - the layers that all families are lowered with.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "graph/model.h"
#include "nets/lower.h"
#include "tensor/tensor.h"

namespace gerund::nets {

using Ints = std::vector<int64_t>;

/// A value of a graph: float32 [N, channels, extents...]; extents are (time,) height, width.
struct Feature {
  std::string name;
  int64_t channels;
  Ints extents;
};

/// How a window slides over a feature; one entry for each of its extents. `before` and `after`: padding.
struct Sliding {
  Ints kernel;
  Ints strides;
  Ints before;
  Ints after;
};

/// A window padded by half its kernel on both sides.
Sliding centered(Ints kernel, Ints strides);

/// What a convolution has beside its window.
struct ConvOptions {
  int64_t groups = 1;
  bool bias = false;  ///< Else no bias: batch norm follows.
};

/// Appends nodes to a graph. Every method returns the value that it makes; a node is called as its layer, its weights
/// as their tensors. Throws UserError naming a weight that is missing or has another shape.
///
/// Threads: none.
/// Owns:    the graph under way; `weights` must outlive it.
class GraphBuilder {
 public:
  explicit GraphBuilder(const Weights& weights) : weights_(weights) {}

  graph::Model model;

  /// From here on, names of nodes and weights begin with `prefix`: a branch of a joint network.
  void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }

  /// Weight `name`.weight [out, channels / groups, kernel...], and `name`.bias.
  Feature conv(const std::string& name, const Feature& input, int64_t out, const Sliding& sliding,
               const ConvOptions& options = {});
  /// Weights `name`.weight, .bias, .running_mean, .running_var, [channels] each.
  Feature batch_norm(const std::string& name, Feature input, double epsilon = 1e-5);
  Feature relu(const std::string& name, Feature input);
  Feature add(const std::string& name, Feature input, const Feature& other);
  Feature max_pool(const std::string& name, const Feature& input, const Sliding& sliding);
  Feature average_pool(const std::string& name, const Feature& input, const Sliding& sliding);
  /// Mean over space and time, the axes kept: extents of 1.
  Feature global_average(const std::string& name, const Feature& input);
  /// [N, in] to [N, out], called `output` unless that is empty. Weights `name`.weight [out, in], `name`.bias.
  std::string linear(const std::string& name, const std::string& input, int64_t in, int64_t out,
                     const std::string& output = {});

  /// Any other node. Its value is called `output` or, where that is empty, after the node.
  std::string node(const std::string& op, const std::string& name, std::vector<std::string> inputs,
                   std::map<std::string, graph::Attribute> attributes = {}, std::string output = {});
  /// A float of no axes, and lists of one, as inputs of nodes.
  std::string constant(float value);
  std::string constants(const std::vector<float>& values);
  std::string indices(const Ints& values);

 private:
  std::string weight(const std::string& name, const tensor::Shape& shape);

  const Weights& weights_;
  std::string prefix_;
};

}  // namespace gerund::nets
