#include "infer/onednn/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/machine.h"
#include "graph/attributes.h"
#include "graph/metadata.h"
#include "graph/transform.h"
#include "infer/onednn/conv_check.h"
#include "infer/onednn/conv_choices.h"
#include "infer/onednn/primitives.h"
#include "infer/reference/kernels.h"
#include "infer/reference/window3.h"

namespace gerund::infer {
namespace {

using tensor::Shape;
using tensor::Tensor;

constexpr size_t kLargeWeights = size_t{1} << 20;  // Bytes for which asking the C library to free them is worth it.

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

Layout Planner::outer_layout(const std::string& name) const {
  const std::string other = graph::other_state(name);
  const bool is_pair = std::ranges::count(network_.inputs, other, &graph::Value::name) +
                           std::ranges::count(network_.model.outputs, other, &graph::Value::name) >
                       0;
  const bool is_kept = options_.keeps_states && is_pair && is_spatial(name) && shape_of(name)[1] % block_lanes() == 0;
  return is_kept ? Layout::blocked : Layout::plain;
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

std::vector<Layout> Planner::layouts_of(const std::string& name) const {
  std::vector<Layout> found;
  for (const Layout layout : {Layout::blocked, Layout::last, Layout::plain, Layout::bf16, Layout::u8}) {
    if (buffer_of_.contains({name, layout})) found.push_back(layout);
  }
  return found;
}

size_t Planner::buffer_of(const std::string& name, Layout layout) {
  if (const auto found = buffer_of_.find({name, layout}); found != buffer_of_.end()) return found->second;
  if (bytes_.contains(name)) return rounded_buffer(name, layout);
  if (joined_.contains(name) && layouts_of(name).empty()) {
    join(name);
    return buffer_of(name, layout);
  }
  return copy_of(name, layouts_of(name).at(0), name, layout, 1);
}

/// Values that are rounded come from what they round, or from their bytes.
size_t Planner::rounded_buffer(const std::string& name, Layout layout) {
  const Bytes& bytes = bytes_.at(name);
  const std::vector<Layout> known = layouts_of(name);
  if (layout == Layout::u8) {
    const std::string& from = known.empty() ? bytes.source : name;
    if (layouts_of(from).empty())  // Joined, or rounded twice.
      buffer_of(from, joined_.contains(from) ? Layout::blocked : Layout::last);
    const Layout given = layouts_of(from).at(0);
    return copy_of(from, given, name, layout, (given == Layout::u8 ? bytes_.at(from).scale : 1) / bytes.scale);
  }
  if (known.empty() && layout == Layout::blocked) return rounding_task(bytes.source, name, 0, 255, bytes.scale);
  if (known.empty()) buffer_of(name, Layout::u8);
  const Layout from = layouts_of(name).front();
  return copy_of(name, from, name, layout, from == Layout::u8 ? bytes.scale : 1);
}

/// A task that copies `name` from one layout to another layout of `to_name`, each number times `factor`.
size_t Planner::copy_of(const std::string& name, Layout from, const std::string& to_name, Layout to, float factor) {
  Task task;
  task.name = fmt::format("reorder '{}'", name);
  task.inputs = {buffer_of_.at({name, from})};
  task.output = new_buffer(to_name, to);
  task.run = [reorder = Reorder(shape_of(name), from, to, factor)](std::span<const float* const> in, float* out,
                                                                   float* /*scratch*/) { reorder.run(in[0], out); };
  const size_t made = task.output;
  add(std::move(task));
  return made;
}

/// Finds the values that are rounded to bytes with a zero of 0, as those behind a Relu are.
void Planner::find_bytes(const std::vector<FusedNode>& nodes) {
  std::map<std::string, int> num_readers;
  for (const graph::Node& node : network_.model.nodes) {
    for (const std::string& input : node.inputs) ++num_readers[input];
  }
  for (const graph::Value& output : network_.model.outputs) ++num_readers[output.name];
  for (const FusedNode& fused : nodes) {
    const std::optional<Rounding> rounding = rounding_of(fused);
    if (!rounding || rounding->low != 0 || rounding->high != 255 || !(rounding->scale > 0)) continue;
    const std::string& source = fused.node->inputs[0];
    bytes_[fused.output] = {source, rounding->scale};
    if (num_readers[source] == 1) rounded_[source] = fused.output;
  }
}

void Planner::build() {
  for (size_t i = 0; i < network_.inputs.size(); ++i) {
    const std::string& name = network_.inputs[i].name;
    const size_t buffer = new_buffer(name, outer_layout(name));
    plan_.buffers_[buffer].input = static_cast<int>(i);
  }
  const std::vector<FusedNode> nodes = fuse(network_.model, shapes_);
  find_bytes(nodes);
  for (const FusedNode& fused : nodes) add_node(fused);
  for (const graph::Value& output : network_.model.outputs)
    plan_.outputs_.push_back(buffer_of(output.name, outer_layout(output.name)));
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
  ConvSite site;
  site.shape = conv_shape(node, shape_of(node.inputs[0]), shape_of(node.inputs[1]), shape_of(node.outputs[0]));
  site.shape.adds = !fused.summand.empty();
  site.shape.clamp = fused.clamp;
  const auto rounded = rounded_.find(fused.output);
  const NarrowChoice narrow{options_.with_bf16,
                            byte_scales(fused, rounded == rounded_.end() ? std::string() : rounded->second)};
  // A network's input of few channels would mostly be zeros in blocks; one of many need not be brought there whole.
  const bool is_input = std::ranges::count(network_.inputs, node.inputs[0], &graph::Value::name) > 0;
  const bool is_plain = buffer_of_.contains({node.inputs[0], Layout::plain}) &&
                        (is_input || site.shape.conv.in_channels % block_lanes() != 0);
  std::vector<PlannedConv> candidates =
      conv_candidates(site.shape, is_plain ? Layout::plain : Layout::blocked, options_.num_threads, narrow);
  if (candidates.empty() && is_plain)
    candidates = conv_candidates(site.shape, Layout::blocked, options_.num_threads, narrow);
  std::shared_ptr<const PackedConv>& packed = network_.packed[node.outputs[0]];
  const bool has_weights = network_.model.initializers.contains(node.inputs[1]);
  std::erase_if(candidates, [&](const PlannedConv& one) {
    if (!has_weights) return one.algorithm != packed->algorithm;
    return (options_.algorithm == "direct" && one.algorithm.starts_with("winograd")) ||
           (options_.algorithm != "auto" && one.algorithm.ends_with("halves"));
  });
  if (candidates.empty()) {
    if (!has_weights) throw base::InternalError(graph::describe(node) + ": its weights fit no algorithm any more");
    return false;
  }
  PlannedConv planned = candidates.front();
  std::shared_ptr<const PackedConv> weights = packed;
  if (has_weights) {
    planned = options_.algorithm == "auto" ? fastest(candidates, site, node.inputs[0]) : pinned(candidates, site.shape);
    if (weights == nullptr || weights->algorithm != planned.algorithm) {
      const auto data_of = [&](size_t input) -> const float* {
        if (node.inputs.size() <= input || node.inputs[input].empty()) return nullptr;
        return network_.model.initializers.at(node.inputs[input]).floats().data();
      };
      weights = std::make_shared<const PackedConv>(planned.pack(data_of(1), data_of(2)));
    }
    if (packed == nullptr) packed = weights;
    if (!network_.has_free_extents) release_weights(node);
  }
  Task task;
  task.name = node.name.empty() ? node.outputs[0] : node.name;
  const auto parts = joined_.find(node.inputs[0]);
  const bool reads_parts = planned.takes_parts && parts != joined_.end() && layouts_of(node.inputs[0]).empty();
  int64_t num_first = 0;
  if (reads_parts) {
    num_first = shape_of(parts->second.first)[2];
    task.inputs = {buffer_of(parts->second.first, planned.input), buffer_of(parts->second.rest, planned.input)};
  } else {
    task.inputs = {buffer_of(node.inputs[0], planned.input)};
  }
  const size_t summand = task.inputs.size();
  if (site.shape.adds) task.inputs.push_back(buffer_of(fused.summand, planned.summand));
  if (site.shape.adds && planned.summand == planned.output) task.may_overwrite = summand;
  task.output = new_buffer(planned.output == Layout::u8 ? rounded->second : fused.output, planned.output);
  task.num_scratch_floats = planned.num_scratch_floats;
  task.run = [planned, weights = planned.adapt(weights), reads_parts, num_first, summand](
                 std::span<const float* const> in, float* out, float* scratch) {
    const ConvInput input = reads_parts ? ConvInput(in[0], num_first, in[1]) : ConvInput(in[0]);
    planned.run(*weights, input, in.size() > summand ? in[summand] : nullptr, out, scratch);
  };
  add(std::move(task));
  return true;
}

PlannedConv Planner::fastest(const std::vector<PlannedConv>& candidates, ConvSite& site,
                             const std::string& input) const {
  std::string given = input;
  while (layouts_of(given).empty() && !joined_.contains(given)) given = bytes_.at(given).source;
  site.at_hand = joined_.contains(given) ? std::vector{Layout::blocked} : layouts_of(given);
  const bool has_bytes =
      std::ranges::any_of(candidates, [](const PlannedConv& one) { return one.output == Layout::u8; });
  site.wanted = has_bytes ? Layout::u8 : Layout::blocked;
  return options_.choices.fastest(candidates, site, options_.num_threads);
}

/// The algorithm that the options name, where it applies; narrow numbers wherever they may be. Nothing is measured.
PlannedConv Planner::pinned(const std::vector<PlannedConv>& candidates, const DirectConvShape& shape) const {
  std::vector<std::string> order{"int8", "bf16", "bf16-phases", "direct"};
  if (options_.algorithm == "winograd")
    order.insert(order.begin(), {"winograd6", "winograd6-phases", "winograd9", "winograd4", "winograd4-phases"});
  for (const std::string& name : order) {
    const auto found = std::ranges::find(candidates, name, &PlannedConv::algorithm);
    if (found == candidates.end()) continue;
    if (!is_narrow(*found) || agrees(*found, candidates.front(), shape)) return *found;
  }
  return candidates.front();
}

/// The scales of a convolution of whole numbers, whose result is rounded to the value `rounded` ("": it is not);
/// nullopt where its input or its weights are no whole numbers.
std::optional<ByteScales> Planner::byte_scales(const FusedNode& fused, const std::string& rounded) const {
  const auto input = bytes_.find(fused.node->inputs[0]);
  const auto weights = network_.whole_weights.find(fused.node->inputs[1]);
  if (input == bytes_.end() || weights == network_.whole_weights.end()) return std::nullopt;
  ByteScales scales;
  scales.input = input->second.scale;
  scales.weights = weights->second.scales;
  scales.has_large_weights = weights->second.are_large;
  if (rounded.empty()) return scales;
  scales.output = bytes_.at(rounded).scale;
  if (const auto summand = bytes_.find(fused.summand); summand != bytes_.end()) scales.summand = summand->second.scale;
  return scales;
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
  const bool is_large = network_.model.initializers.at(name).raw().size() >= kLargeWeights;
  network_.model.initializers.erase(name);
  if (is_large) base::give_back_freed_memory();
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

/// Where a task may write over an input that nobody reads any more, its output lies there: it has no life of its own,
/// and the other's goes on. The buffer in whose place each lies.
std::vector<size_t> Planner::take_over(std::vector<Lifetime>& lives) const {
  std::vector<size_t> homes(lives.size());
  std::iota(homes.begin(), homes.end(), size_t{0});
  const std::vector<Lifetime> own = lives;
  for (size_t i = 0; i < plan_.tasks_.size(); ++i) {
    const Task& task = plan_.tasks_[i];
    if (!task.may_overwrite) continue;
    const size_t old = task.inputs[*task.may_overwrite];
    if (plan_.buffers_[old].input >= 0 || own[old].last != static_cast<int64_t>(i) ||
        own[old].size != own[task.output].size || std::ranges::count(task.inputs, old) != 1)
      continue;
    homes[task.output] = homes[old];
    lives[homes[old]].last = own[task.output].last;
    lives[task.output] = {};
  }
  return homes;
}

/// Gives every buffer its place: in the arena, where scratch memory lies behind, or in what is returned.
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
  for (size_t i = 0; i < plan_.outputs_.size(); ++i) {
    Plan::Buffer& made = plan_.buffers_[plan_.outputs_[i]];
    if (made.input < 0) made.output = static_cast<int>(i);  // Made where it is returned.
  }
  for (size_t i = 0; i < lives.size(); ++i) {
    if (plan_.buffers_[i].input >= 0 || plan_.buffers_[i].output >= 0) lives[i] = {};
  }
  const std::vector<size_t> homes = take_over(lives);
  const MemoryPlan memory = plan_memory(lives);
  for (size_t i = 0; i < lives.size(); ++i) plan_.buffers_[i].offset = memory.offsets[homes[i]];
  plan_.scratch_offset_ = memory.size;
  plan_.arena_floats_ = memory.size + scratch;
}

}  // namespace gerund::infer
