// infer/onednn/planner.h - makes a plan: picks for each node what runs it, in which layout.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "infer/onednn/conv_choices.h"
#include "infer/onednn/fusion.h"
#include "infer/onednn/memory_plan.h"
#include "infer/onednn/plan.h"

namespace gerund::infer {

/// Builds `plan` once. Every operator of graph/operators.h runs: those without a kernel of their own here run as in the
/// reference engine, on plain tensors.
class Planner {
 public:
  Planner(Network& network, const std::map<std::string, tensor::Shape>& input_shapes, const PlanOptions& options,
          Plan& plan);
  void build();

 private:
  using Shapes = std::map<std::string, tensor::Shape>;

  static Shapes all_shapes(const Network& network, const Shapes& input_shapes);
  const tensor::Shape& shape_of(const std::string& name) const { return shapes_.at(name); }
  bool is_spatial(const std::string& name) const;
  /// Blocked for pairs of states that stay as the engine has them, plain for all other inputs and outputs of the
  /// network.
  Layout outer_layout(const std::string& name) const;
  bool is_constant(const std::string& name) const;
  /// In which layout an operator that only moves values should work: values of few channels, such as those of a
  /// network's input, stay plain where they are, since blocks of them would mostly be zeros.
  Layout moving_layout(const std::vector<std::string>& inputs) const;
  /// The buffer of a value in a layout; copies it there from another layout.
  size_t buffer_of(const std::string& name, Layout layout);
  /// Where a value lies already; those of float32 first.
  std::vector<Layout> layouts_of(const std::string& name) const;
  size_t copy_of(const std::string& name, Layout from, const std::string& to_name, Layout to, float factor);
  size_t new_buffer(const std::string& name, Layout layout);
  void add(Task task) { plan_.tasks_.push_back(std::move(task)); }

  /// round(x / scale) between low and high, times scale.
  struct Rounding {
    float low, high, scale;
  };
  /// nullopt for another node, and where it is no one number for all.
  std::optional<Rounding> rounding_of(const FusedNode& fused) const;
  size_t rounding_task(const std::string& source, const std::string& rounded, float low, float high, float scale);

  /// A value that rounds another to bytes: value = byte * scale.
  struct Bytes {
    std::string source;
    float scale;
  };
  /// Two tensors, one behind the other in time: a value that is only put together in memory for whoever cannot read it
  /// from its parts.
  struct Joined {
    std::string first, rest;
  };
  void join(const std::string& name);
  void find_bytes(const std::vector<FusedNode>& nodes);
  size_t rounded_buffer(const std::string& name, Layout layout);
  PlannedConv fastest(const std::vector<PlannedConv>& candidates, ConvSite& site, const std::string& input) const;
  PlannedConv pinned(const std::vector<PlannedConv>& candidates, const DirectConvShape& shape) const;
  std::optional<ByteScales> byte_scales(const FusedNode& fused, const std::string& rounded) const;

  void add_node(const FusedNode& fused);
  bool add_conv(const FusedNode& fused);
  bool add_rounding(const FusedNode& fused);
  bool add_pool(const graph::Node& node);
  bool add_spatial_mean(const graph::Node& node);
  bool add_elementwise(const graph::Node& node);
  bool add_copy(const graph::Node& node);
  bool add_concat(const graph::Node& node);
  void concat_task(const std::string& task_name, const std::vector<std::string>& inputs, const std::string& output,
                   size_t axis, Layout layout);
  bool add_slice(const graph::Node& node);
  void add_reference(const graph::Node& node);
  void add_unfused(const FusedNode& fused);
  void release_weights(const graph::Node& node);
  void place();
  std::vector<size_t> take_over(std::vector<Lifetime>& lives) const;

  Network& network_;
  const PlanOptions& options_;
  Plan& plan_;
  Shapes shapes_;
  std::map<std::pair<std::string, Layout>, size_t> buffer_of_;
  std::map<std::string, Bytes> bytes_;          // By name of the rounded value; how it lies is decided when it is read.
  std::map<std::string, Joined> joined_;        // By name of the whole.
  std::map<std::string, std::string> rounded_;  // By name of a value that nobody else reads, what it is rounded to.
};

}  // namespace gerund::infer
