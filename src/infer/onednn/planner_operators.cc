// The operators that have a kernel of their own beside the convolutions. Planning itself is in planner.cc.
#include <algorithm>
#include <array>
#include <numeric>

#include "graph/attributes.h"
#include "graph/extents.h"
#include "graph/shape_rules.h"
#include "infer/onednn/planner.h"
#include "infer/onednn/primitives.h"
#include "infer/parallel.h"
#include "infer/reference/window3.h"

namespace gerund::infer {
namespace {

using tensor::Shape;
using tensor::Tensor;

constexpr int64_t kTimeAxis = 2;  // Of [N, C, D, H, W].

/// Calls work(first, last) for parts of [0, count) on the threads.
template <typename Work>
void in_parts(int64_t count, int num_threads, const Work& work) {
  constexpr int64_t kWorthAThread = 1 << 14;
  const int threads = static_cast<int>(std::clamp<int64_t>(count / kWorthAThread, 1, num_threads));
  on_threads(threads, [&](int thread) {
    const Span part = share_of(count, thread, threads);
    work(part.first, part.last);
  });
}

}  // namespace

std::optional<Planner::Rounding> Planner::rounding_of(const FusedNode& fused) const {
  const graph::Node& node = *fused.node;
  const bool is_pair = node.op == "QuantizeLinear" && fused.output != node.outputs.front();
  if (!is_pair || !is_spatial(fused.output) || !is_constant(node.inputs[1])) return std::nullopt;
  const Tensor& scale = network_.model.initializers.at(node.inputs[1]);
  const bool has_zero = node.inputs.size() > 2 && !node.inputs[2].empty();
  if (scale.size() != 1 || (has_zero && !is_constant(node.inputs[2]))) return std::nullopt;
  const Tensor* zero = has_zero ? &network_.model.initializers.at(node.inputs[2]) : nullptr;
  const bool is_signed = zero != nullptr && zero->dtype() == tensor::DType::i8;
  float offset = 0;
  if (is_signed) offset = static_cast<float>(zero->bytes_i8()[0]);
  if (!is_signed && zero != nullptr) offset = static_cast<float>(zero->bytes_u8()[0]);
  return Rounding{(is_signed ? -128.0F : 0.0F) - offset, (is_signed ? 127.0F : 255.0F) - offset, scale.floats()[0]};
}

/// QuantizeLinear and DequantizeLinear together, one scale for all: in blocks, since zero stays zero.
bool Planner::add_rounding(const FusedNode& fused) {
  if (bytes_.contains(fused.output)) return true;
  const std::optional<Rounding> by = rounding_of(fused);
  if (by) rounding_task(fused.node->inputs[0], fused.output, by->low, by->high, by->scale);
  return by.has_value();
}

size_t Planner::rounding_task(const std::string& source, const std::string& rounded, float low, float high,
                              float scale) {
  Task task;
  task.name = "round '" + source + "'";
  task.inputs = {buffer_of(source, Layout::blocked)};
  task.output = new_buffer(rounded, Layout::blocked);
  const size_t made = task.output;
  task.run = [=, floats = plan_.buffers_[made].floats, threads = options_.num_threads](std::span<const float* const> in,
                                                                                       float* out, float* /*scratch*/) {
    in_parts(floats, threads, [&](int64_t first, int64_t last) {
      // Adding and taking away 1.5 * 2^23 rounds to whole numbers, ties to even, in float32's own way.
      constexpr float kRound = 12582912.0F;
      for (int64_t i = first; i < last; ++i) {
        const float steps = std::clamp(in[0][i] / scale, low, high);
        out[i] = ((steps + kRound) - kRound) * scale;
      }
    });
  };
  add(std::move(task));
  return made;
}

bool Planner::add_pool(const graph::Node& node) {
  const bool is_max = node.op == "MaxPool";
  if ((!is_max && node.op != "AveragePool") || !is_spatial(node.inputs[0]) || node.outputs.size() != 1) return false;
  const Shape& input = shape_of(node.inputs[0]);
  const Window3 window = window3(node, input, graph::ints_attribute(node, "kernel_shape", {}));
  if (window.dilation != Window3::Axes{1, 1, 1} || graph::int_attribute(node, "ceil_mode", 0) != 0) return false;
  for (size_t axis = 0; axis < 3; ++axis) {  // A window wholly in the padding has no oneDNN.
    if (window.pad[axis] >= window.kernel[axis] || window.pad_end[axis] >= window.kernel[axis]) return false;
  }
  using Kind = PoolShape::Kind;
  const Kind average =
      graph::int_attribute(node, "count_include_pad", 0) != 0 ? Kind::average_with_padding : Kind::average;
  const PoolShape shape{is_max ? Kind::max : average,
                        input[0],
                        input[1],
                        window.input,
                        window.kernel,
                        window.stride,
                        window.pad,
                        window.pad_end,
                        window.output};
  const bool is_bf16 = layouts_of(node.inputs[0]) == std::vector{Layout::bf16};
  const Layout layout = is_bf16 ? Layout::bf16 : Layout::blocked;
  Task task;
  task.name = node.name;
  task.inputs = {buffer_of(node.inputs[0], layout)};
  task.output = new_buffer(node.outputs[0], layout);
  const Pool pool(shape, layout);
  task.num_scratch_floats = pool.num_scratch_floats();
  task.run = [pool](std::span<const float* const> in, float* out, float* scratch) { pool.run(in[0], out, scratch); };
  add(std::move(task));
  return true;
}

/// GlobalAveragePool, and ReduceMean over all axes but batch and channel.
bool Planner::add_spatial_mean(const graph::Node& node) {
  if ((node.op != "GlobalAveragePool" && node.op != "ReduceMean") || !is_spatial(node.inputs[0])) return false;
  const Shape& input = shape_of(node.inputs[0]);
  if (node.op == "ReduceMean") {
    const bool has_list = node.inputs.size() > 1 && !node.inputs[1].empty();
    const Tensor* list = has_list ? &network_.model.initializers.at(node.inputs[1]) : nullptr;
    graph::Ints spatial(input.size() - 2);
    std::iota(spatial.begin(), spatial.end(), int64_t{2});
    if (graph::axes_of(node, list, input.size()) != spatial) return false;
  }
  const int64_t positions = tensor::num_elements(input) / input[0] / input[1];
  const int64_t lanes = block_lanes(), channels = input[1], blocks = (channels + lanes - 1) / lanes;
  Task task;
  task.name = node.name;
  task.inputs = {buffer_of(node.inputs[0], Layout::blocked)};
  task.output = new_buffer(node.outputs[0], Layout::plain);
  task.run = [=, batch = input[0], threads = options_.num_threads](std::span<const float* const> in, float* out,
                                                                   float* /*scratch*/) {
    on_items(batch * blocks, threads, [&](int64_t item, int /*thread*/) {
      std::array<double, 16> sums{};
      const float* from = in[0] + item * positions * lanes;
      for (int64_t position = 0; position < positions; ++position) {
        for (int64_t lane = 0; lane < lanes; ++lane)
          sums[static_cast<size_t>(lane)] += static_cast<double>(from[position * lanes + lane]);
      }
      const int64_t first = item % blocks * lanes;
      for (int64_t lane = 0; lane < std::min(lanes, channels - first); ++lane) {
        out[item / blocks * channels + first + lane] =
            static_cast<float>(sums[static_cast<size_t>(lane)] / static_cast<double>(positions));
      }
    });
  };
  add(std::move(task));
  return true;
}

/// Values that change their name alone.
bool Planner::add_copy(const graph::Node& node) {
  if ((node.op != "Identity" && node.op != "Dropout") || is_constant(node.inputs[0])) return false;
  if (joined_.contains(node.inputs[0]))
    buffer_of(node.inputs[0], Layout::blocked);  // Put together once for both names.
  for (const Layout layout : layouts_of(node.inputs[0]))
    buffer_of_[{node.outputs[0], layout}] = buffer_of_.at({node.inputs[0], layout});
  if (const auto bytes = bytes_.find(node.inputs[0]); bytes != bytes_.end()) bytes_[node.outputs[0]] = bytes->second;
  return true;
}

/// Operators on values of one shape, in blocks; only those that make zero of zeros, so that the lanes behind the last
/// channel stay zero.
bool Planner::add_elementwise(const graph::Node& node) {
  if ((node.op != "Relu" && node.op != "Add") || !is_spatial(node.outputs[0])) return false;
  for (const std::string& input : node.inputs) {
    if (is_constant(input) || shape_of(input) != shape_of(node.outputs[0])) return false;
  }
  Task task;
  task.name = node.name;
  for (const std::string& input : node.inputs) task.inputs.push_back(buffer_of(input, Layout::blocked));
  task.output = new_buffer(node.outputs[0], Layout::blocked);
  const int64_t floats = plan_.buffers_[task.output].floats;
  task.run = [floats, threads = options_.num_threads](std::span<const float* const> in, float* out,
                                                      float* /*scratch*/) {
    in_parts(floats, threads, [&](int64_t first, int64_t last) {
      if (in.size() == 1) {
        for (int64_t i = first; i < last; ++i) out[i] = std::max(in[0][i], 0.0F);
      } else {
        for (int64_t i = first; i < last; ++i) out[i] = in[0][i] + in[1][i];
      }
    });
  };
  add(std::move(task));
  return true;
}

/// Blocks along channels only where every part fills its blocks. Two parts in time may stay apart.
bool Planner::add_concat(const graph::Node& node) {
  if (node.op != "Concat" || !is_spatial(node.outputs[0])) return false;
  const Shape& output = shape_of(node.outputs[0]);
  const int64_t axis = graph::axis_of(node, graph::int_attribute(node, "axis", 1), output.size());
  const Layout layout = moving_layout(node.inputs);
  for (const std::string& input : node.inputs) {
    const bool fills_blocks = layout == Layout::plain || shape_of(input)[1] % block_lanes() == 0;
    if (is_constant(input) || axis == 0 || (axis == 1 && !fills_blocks)) return false;
  }
  if (layout == Layout::blocked && axis == kTimeAxis && output.size() == 5 && node.inputs.size() == 2)
    joined_[node.outputs[0]] = {node.inputs[0], node.inputs[1]};
  else
    concat_task(node.name, node.inputs, node.outputs[0], static_cast<size_t>(axis), layout);
  return true;
}

void Planner::concat_task(const std::string& task_name, const std::vector<std::string>& inputs,
                          const std::string& output, size_t axis, Layout layout) {
  const int64_t lanes = layout == Layout::plain ? 1 : block_lanes();
  std::vector<int64_t> parts;  // Floats that each input gives to one stretch of the output.
  Task task;
  task.name = task_name;
  for (const std::string& input : inputs) {
    const Shape& shape = shape_of(input);
    int64_t part = lanes;
    for (size_t i = axis; i < shape.size(); ++i) part *= i == 1 ? shape[1] / lanes : shape[i];
    parts.push_back(part);
    task.inputs.push_back(buffer_of(input, layout));
  }
  task.output = new_buffer(output, layout);
  const int64_t stretch = std::accumulate(parts.begin(), parts.end(), int64_t{0});
  // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): every extent is at least 1.
  const int64_t count = plan_.buffers_[task.output].floats / stretch;
  task.run = [parts, stretch, count, threads = options_.num_threads](std::span<const float* const> in, float* out,
                                                                     float* /*scratch*/) {
    on_items(count, threads, [&](int64_t item, int /*thread*/) {
      float* to = out + item * stretch;
      for (size_t i = 0; i < parts.size(); ++i) to = std::copy_n(in[i] + item * parts[i], parts[i], to);
    });
  };
  add(std::move(task));
}

void Planner::join(const std::string& name) {
  const auto [first, rest] = joined_.at(name);
  concat_task("join '" + name + "'", {first, rest}, name, kTimeAxis, Layout::blocked);
}

/// A stretch of one axis behind the channels, as the states of a step graph are cut.
bool Planner::add_slice(const graph::Node& node) {
  if (node.op != "Slice" || !is_spatial(node.inputs[0]) || is_constant(node.inputs[0])) return false;
  const Shape& input = shape_of(node.inputs[0]);
  std::array<const Tensor*, 4> lists{};
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    if (!node.inputs[i].empty()) lists.at(i - 1) = &network_.model.initializers.at(node.inputs[i]);
  }
  const std::vector<graph::KeptIndices> kept = graph::slice_of(node, lists, input);
  size_t axis = 0;
  for (size_t i = 0; i < input.size(); ++i) {
    if (kept[i].count == input[i] && kept[i].first == 0) continue;
    if (axis != 0 || i < 2 || kept[i].step != 1) return false;
    axis = i;
  }
  if (axis == 0) return false;
  const Layout layout = moving_layout({node.inputs[0]});
  int64_t inner = layout == Layout::plain ? 1 : block_lanes();
  for (size_t i = axis + 1; i < input.size(); ++i) inner *= input[i];
  std::vector<std::string> sources{node.inputs[0]};
  if (const auto joined = joined_.find(node.inputs[0]); joined != joined_.end() && axis == kTimeAxis)
    sources = {joined->second.first, joined->second.rest};
  struct Piece {  // Of each stretch of a source; in floats.
    int64_t stretch, first, length;
  };
  std::vector<Piece> pieces;
  Task task;
  task.name = node.name;
  int64_t begin = kept[axis].first, left = kept[axis].count;  // From the start of the source.
  for (const std::string& source : sources) {
    const int64_t extent = shape_of(source)[axis], length = std::clamp<int64_t>(extent - begin, 0, left);
    if (length > 0) {
      pieces.push_back({extent * inner, begin * inner, length * inner});
      task.inputs.push_back(buffer_of(source, layout));
    }
    begin = std::max<int64_t>(0, begin - extent);
    left -= length;
  }
  task.output = new_buffer(node.outputs[0], layout);
  const int64_t total = kept[axis].count * inner, count = plan_.buffers_[task.output].floats / total;
  task.run = [=, threads = options_.num_threads](std::span<const float* const> in, float* out, float* /*scratch*/) {
    on_items(count, threads, [&](int64_t item, int /*thread*/) {
      float* to = out + item * total;
      for (size_t i = 0; i < pieces.size(); ++i)
        to = std::copy_n(in[i] + item * pieces[i].stretch + pieces[i].first, pieces[i].length, to);
    });
  };
  add(std::move(task));
  return true;
}

}  // namespace gerund::infer
