#include "infer/onednn/planner.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "graph/attributes.h"
#include "graph/transform.h"
#include "infer/onednn/conv_choices.h"
#include "infer/onednn/memory_plan.h"
#include "infer/reference/kernels.h"
#include "infer/reference/window3.h"

namespace gerund::infer {
namespace {

using tensor::Shape;
using tensor::Tensor;

DirectConvShape conv_shape(const graph::Node& node, const Shape& input, const Shape& weights, const Shape& output) {
  const Window3 window = window3(node, input, graph::Ints(weights.begin() + 2, weights.end()));
  DirectConvShape shape;
  shape.conv = {input[0], input[1], output[1], window.input, window.kernel, window.stride, window.pad, window.output};
  shape.groups = graph::int_attribute(node, "group", 1);
  shape.dilation = window.dilation;
  shape.pad_end = window.pad_end;
  return shape;
}

}  // namespace

Planner::Planner(Network& network, const Shapes& input_shapes, const PlanOptions& options, Plan& plan)
    : network_(network), options_(options), plan_(plan), shapes_(all_shapes(network, input_shapes)) {}

Planner::Shapes Planner::all_shapes(const Network& network, const Shapes& input_shapes) {
  Shapes given = input_shapes;
  given.insert(network.released.begin(), network.released.end());
  return graph::infer_shapes(network.model, given);
}

bool Planner::is_spatial(const std::string& name) const {
  const size_t rank = shape_of(name).size();
  return rank == 4 || rank == 5;
}

bool Planner::is_constant(const std::string& name) const {
  return network_.model.initializers.contains(name) || network_.released.contains(name);
}

Layout Planner::moving_layout(const std::vector<std::string>& inputs) const {
  const auto is_narrow_and_plain = [&](const std::string& name) {
    return shape_of(name)[1] % block_lanes() != 0 && buffer_of_.contains({name, Layout::plain});
  };
  return std::all_of(inputs.begin(), inputs.end(), is_narrow_and_plain) ? Layout::plain : Layout::blocked;
}

size_t Planner::new_buffer(const std::string& name, Layout layout) {
  const Shape& shape = shape_of(name);
  Plan::Buffer buffer;
  buffer.shape = shape;
  buffer.floats = num_floats(shape, layout);
  plan_.buffers_.push_back(buffer);
  return buffer_of_[{name, layout}] = plan_.buffers_.size() - 1;
}

size_t Planner::buffer_of(const std::string& name, Layout layout) {
  if (const auto found = buffer_of_.find({name, layout}); found != buffer_of_.end()) return found->second;
  const Layout other = layout == Layout::plain ? Layout::blocked : Layout::plain;
  const size_t from = buffer_of_.at({name, other});
  Task task;
  task.name = fmt::format("reorder '{}'", name);
  task.inputs = {from};
  task.output = new_buffer(name, layout);
  task.run = [reorder = Reorder(shape_of(name), other, layout)](std::span<const float* const> in, float* out,
                                                                float* /*scratch*/) { reorder.run(in[0], out); };
  const size_t to = task.output;
  add(std::move(task));
  return to;
}

void Planner::build() {
  for (size_t i = 0; i < network_.inputs.size(); ++i) {
    const size_t buffer = new_buffer(network_.inputs[i].name, Layout::plain);
    plan_.buffers_[buffer].input = static_cast<int>(i);
  }
  for (const FusedNode& fused : fuse(network_.model, shapes_)) add_node(fused);
  for (const graph::Value& output : network_.model.outputs)
    plan_.outputs_.push_back(buffer_of(output.name, Layout::plain));
  options_.choices.save();
  place();
}

void Planner::add_node(const FusedNode& fused) {
  const graph::Node& node = *fused.node;
  if (node.op == "Conv") {
    if (!add_conv(fused)) add_unfused(fused);
    return;
  }
  if (node.op == "QuantizeLinear") {
    if (!add_rounding(fused)) add_unfused(fused);
    return;
  }
  const bool is_native = add_pool(node) || add_spatial_mean(node) || add_copy(node) || add_elementwise(node) ||
                         add_concat(node) || add_slice(node);
  if (!is_native) add_reference(node);
}

bool Planner::add_conv(const FusedNode& fused) {
  const graph::Node& node = *fused.node;
  if (!is_constant(node.inputs[1]) ||
      (node.inputs.size() > 2 && !node.inputs[2].empty() && !is_constant(node.inputs[2])))
    return false;
  DirectConvShape shape =
      conv_shape(node, shape_of(node.inputs[0]), shape_of(node.inputs[1]), shape_of(node.outputs[0]));
  shape.adds = !fused.summand.empty();
  shape.clamp = fused.clamp;
  // A network's input of few channels would mostly be zeros in blocks.
  const bool is_plain =
      !buffer_of_.contains({node.inputs[0], Layout::blocked}) && shape.conv.in_channels % block_lanes() != 0;
  std::vector<PlannedConv> candidates =
      conv_candidates(shape, is_plain ? Layout::plain : Layout::blocked, options_.num_threads, options_.with_bf16);
  if (candidates.empty() && is_plain)
    candidates = conv_candidates(shape, Layout::blocked, options_.num_threads, options_.with_bf16);
  auto& packed = network_.packed[node.outputs[0]];
  std::erase_if(candidates, [&](const PlannedConv& one) {
    if (packed != nullptr) return one.algorithm != packed->algorithm;
    return options_.algorithm == "direct" && one.algorithm.starts_with("winograd");
  });
  if (packed == nullptr && options_.algorithm == "direct") {  // Nothing is measured: bfloat16 wherever it may be.
    const auto bf16 = std::find_if(candidates.begin(), candidates.end(),
                                   [](const PlannedConv& one) { return one.algorithm == "bf16"; });
    if (bf16 != candidates.end()) candidates = {PlannedConv(*bf16)};
  }
  if (packed == nullptr && options_.algorithm == "winograd") {  // The larger tile, where it applies.
    const auto winograd = std::find_if(candidates.begin(), candidates.end(),
                                       [](const PlannedConv& one) { return one.algorithm.starts_with("winograd"); });
    if (winograd != candidates.end()) candidates = {PlannedConv(*winograd)};
  }
  if (candidates.empty()) {
    if (packed != nullptr) throw base::InternalError(graph::describe(node) + ": its weights fit no algorithm any more");
    network_.packed.erase(node.outputs[0]);
    return false;
  }
  PlannedConv planned = candidates.front();
  if (packed == nullptr) {
    const auto data_of = [&](size_t input) -> const float* {
      if (node.inputs.size() <= input || node.inputs[input].empty()) return nullptr;
      return network_.model.initializers.at(node.inputs[input]).floats().data();
    };
    planned = options_.choices.fastest(candidates, shape, options_.num_threads);
    packed = std::make_shared<const PackedConv>(planned.pack(data_of(1), data_of(2)));
    release_weights(node);
  }
  Task task;
  task.name = node.name.empty() ? node.outputs[0] : node.name;
  task.inputs = {buffer_of(node.inputs[0], planned.input)};
  if (shape.adds) task.inputs.push_back(buffer_of(fused.summand, Layout::blocked));
  task.output = new_buffer(fused.output, Layout::blocked);
  task.num_scratch_floats = planned.num_scratch_floats;
  task.run = [planned, weights = planned.adapt(packed)](std::span<const float* const> in, float* out, float* scratch) {
    planned.run(*weights, in[0], in.size() > 1 ? in[1] : nullptr, out, scratch);
  };
  add(std::move(task));
  return true;
}

/// A value that nobody but this convolution reads leaves the model.
void Planner::release_weights(const graph::Node& node) {
  const std::string& name = node.inputs[1];
  int64_t readers = 0;
  for (const graph::Node& other : network_.model.nodes)
    readers += std::count(other.inputs.begin(), other.inputs.end(), name);
  if (readers != 1) return;
  network_.released[name] = shape_of(name);
  network_.model.inputs.push_back({name, shape_of(name)});
  network_.model.initializers.erase(name);
}

/// A convolution that no algorithm takes, and what was merged into it, node by node.
void Planner::add_unfused(const FusedNode& fused) {
  add_reference(*fused.node);
  std::string value = fused.node->outputs.front();
  for (const graph::Node& node : network_.model.nodes) {
    if (value == fused.output) break;
    if (std::find(node.inputs.begin(), node.inputs.end(), value) == node.inputs.end()) continue;
    add_reference(node);
    value = node.outputs.front();
  }
}

void Planner::add_reference(const graph::Node& node) {
  struct Operand {
    const Tensor* constant = nullptr;  // Else a buffer, or nothing where `shape` is empty as well.
    bool is_buffer = false;
    Shape shape;
  };
  std::vector<Operand> operands;
  Task task;
  task.name = node.name;
  for (const std::string& input : node.inputs) {
    Operand operand;
    if (const auto found = network_.model.initializers.find(input); found != network_.model.initializers.end()) {
      operand.constant = &found->second;
    } else if (!input.empty()) {
      operand.is_buffer = true;
      operand.shape = shape_of(input);
      task.inputs.push_back(buffer_of(input, Layout::plain));
    }
    operands.push_back(operand);
  }
  const std::string& output = node.outputs.front();
  task.output = new_buffer(output, Layout::plain);
  task.run = [operands, &node, kernel = find_kernel(node), shape = shape_of(output), opset = network_.model.opset,
              threads = options_.num_threads](std::span<const float* const> in, float* out, float* /*scratch*/) {
    std::vector<Tensor> tensors;
    tensors.reserve(operands.size());
    KernelCall call{node, opset, {}, shape, threads};
    size_t next = 0;
    for (const Operand& operand : operands) {
      if (operand.is_buffer) {
        tensors.emplace_back(operand.shape,
                             std::span(in[next++], static_cast<size_t>(tensor::num_elements(operand.shape))));
        call.inputs.push_back(&tensors.back());
      } else {
        call.inputs.push_back(operand.constant);
      }
    }
    const Tensor result = kernel(call);
    std::copy(result.floats().begin(), result.floats().end(), out);
  };
  add(std::move(task));
}

/// Gives every buffer its place in the arena; scratch memory lies behind.
void Planner::place() {
  std::vector<Lifetime> lives(plan_.buffers_.size());
  const int64_t end = static_cast<int64_t>(plan_.tasks_.size());
  int64_t scratch = 0;
  for (int64_t i = 0; i < end; ++i) {
    const Task& task = plan_.tasks_[static_cast<size_t>(i)];
    scratch = std::max(scratch, task.num_scratch_floats);
    lives[task.output] = {plan_.buffers_[task.output].floats, i, i};
    for (const size_t input : task.inputs) lives[input].last = i;
  }
  for (const size_t output : plan_.outputs_) lives[output].last = end;
  for (size_t i = 0; i < lives.size(); ++i) {
    if (plan_.buffers_[i].input >= 0) lives[i] = {};
  }
  const MemoryPlan memory = plan_memory(lives);
  for (size_t i = 0; i < lives.size(); ++i) plan_.buffers_[i].offset = memory.offsets[i];
  plan_.scratch_offset_ = memory.size;
  plan_.arena_floats_ = memory.size + scratch;
}

}  // namespace gerund::infer
