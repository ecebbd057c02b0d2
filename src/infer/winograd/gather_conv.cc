#include "infer/winograd/gather_conv.h"

#include <algorithm>

#include "infer/parallel.h"
#include "infer/winograd/rounding.h"
#include "infer/winograd/tap_weights.h"

namespace gerund::infer {

GatherConv::GatherConv(const WinogradKernels& kernels, const ConvShape& shape, int num_threads)
    : kernels_(kernels),
      shape_(shape),
      num_threads_(num_threads),
      in_blocks_(divide_up(shape.in_channels, kernels.lanes)),
      out_blocks_(divide_up(shape.out_channels, kernels.lanes)),
      num_panels_(divide_up(shape.out_channels, kernels.panel_columns)),
      depth_(round_up(in_blocks_ * kernels.lanes, kernels.depth_multiple)),
      input_stride_(odd_lines(depth_)) {
  plan_groups();
}

void GatherConv::plan_groups() {
  const auto& [frames, height, width] = shape_.output;
  std::vector<std::vector<int64_t>> taps;  // Of each group.
  for (int64_t tap = 0; tap < shape_.kernel[0] * shape_.kernel[1] * shape_.kernel[2]; ++tap) {
    const ConvShape::Axes at{tap / (shape_.kernel[1] * shape_.kernel[2]), tap / shape_.kernel[2] % shape_.kernel[1],
                             tap % shape_.kernel[2]};
    std::vector<int64_t> outputs, inputs;
    for (int64_t pixel = 0; pixel < frames * height * width; ++pixel) {
      const ConvShape::Axes place{pixel / (height * width), pixel / width % height, pixel % width};
      int64_t input = 0;
      bool is_inside = true;
      for (size_t axis = 0; axis < place.size(); ++axis) {
        const int64_t coordinate = place.at(axis) * shape_.stride.at(axis) - shape_.pad.at(axis) + at.at(axis);
        is_inside = is_inside && coordinate >= 0 && coordinate < shape_.input.at(axis);
        input = input * shape_.input.at(axis) + coordinate;
      }
      if (!is_inside) continue;
      outputs.push_back(pixel);
      inputs.push_back(input);
    }
    if (outputs.empty()) continue;  // It meets padding alone.
    auto group = std::ranges::find(groups_, outputs, &Group::outputs);
    if (group == groups_.end()) {
      group = groups_.insert(group, {outputs, {}, {}});
      taps.emplace_back();
    }
    group->inputs.insert(group->inputs.end(), inputs.begin(), inputs.end());
    taps[static_cast<size_t>(group - groups_.begin())].push_back(tap);
  }
  for (size_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    group.first_tap = static_cast<int64_t>(tap_order_.size());
    group.first_row = num_rows_;
    group.first_sum = num_sums_;
    for (size_t k = 0; k < taps[i].size(); ++k)
      group.tap_rows.push_back(static_cast<int64_t>(k * group.outputs.size()) * shape_.batch);
    tap_order_.insert(tap_order_.end(), taps[i].begin(), taps[i].end());
    num_rows_ += static_cast<int64_t>(group.inputs.size()) * shape_.batch;
    num_sums_ += static_cast<int64_t>(group.outputs.size()) * shape_.batch;
  }
}

int64_t GatherConv::num_packed_floats() const {
  return num_panels_ * static_cast<int64_t>(tap_order_.size()) * depth_ * kernels_.panel_columns;
}

void GatherConv::pack(const float* weights, float* packed) const {
  pack_taps(kernels_, shape_, depth_, tap_order_, num_threads_, weights, packed);
}

int64_t GatherConv::num_scratch_floats() const {
  return num_rows_ * input_stride_ + num_threads_ * (num_sums_ + num_pixels()) * kernels_.panel_columns;
}

/// Rows of a group lie by tap, then by sample, then by output.
void GatherConv::gather(const ConvInput& input, const Group& group, int64_t index, float* row) const {
  const auto num_outputs = static_cast<int64_t>(group.outputs.size());
  const int64_t sample = index / num_outputs % shape_.batch, tap = index / (num_outputs * shape_.batch);
  const int64_t pixel = group.inputs[static_cast<size_t>(tap * num_outputs + index % num_outputs)];
  const int64_t area = shape_.input[1] * shape_.input[2], lanes = kernels_.lanes;
  const auto [frame, block_stride] = input.frame(shape_, lanes, sample, pixel / area);
  const TileSource source{frame + pixel % area * lanes, block_stride, 0, 0, 0, 0, 1, 1};
  kernels_.transform_input({1, 1}, source, in_blocks_, row, 0);
}

/// `results`: of each group, then their sums, [batch, output pixels, panel_columns].
void GatherConv::run_panel(const ConvCall& call, int64_t panel, const float* rows, float* results) const {
  const int64_t columns = kernels_.panel_columns, blocks = columns / kernels_.lanes;
  const auto num_taps = static_cast<int64_t>(tap_order_.size());
  float* const sums = results + num_sums_ * columns;
  std::fill_n(sums, num_pixels() * columns, 0.0F);
  for (const Group& group : groups_) {
    const auto num_outputs = static_cast<int64_t>(group.outputs.size());
    const ProductRows all{0, num_outputs * shape_.batch, 0, static_cast<int>(group.tap_rows.size())};
    const float* weights = call.packed + (panel * num_taps + group.first_tap) * depth_ * columns;
    float* of_group = results + group.first_sum * columns;
    kernels_.multiply({rows + group.first_row * input_stride_,
                       input_stride_,
                       weights,
                       of_group,
                       columns,
                       depth_,
                       group.tap_rows,
                       {&all, 1},
                       0,
                       1});
    for (int64_t i = 0; i < all.last_row; ++i, of_group += columns) {
      const int64_t pixel = group.outputs[static_cast<size_t>(i % num_outputs)];
      float* to = sums + (i / num_outputs * num_pixels() / shape_.batch + pixel) * columns;
      for (int64_t lane = 0; lane < columns; ++lane) to[lane] += of_group[lane];
    }
  }
  const int64_t pixels = num_pixels() / shape_.batch;
  for (int64_t i = 0; i < num_pixels(); ++i) {
    const int64_t block = i / pixels * out_blocks_ + panel * blocks;
    const int64_t first = (block * pixels + i % pixels) * kernels_.lanes;
    const TileTarget target{call.output + first,
                            call.residual == nullptr ? nullptr : call.residual + first,
                            call.bias + panel * columns,
                            pixels * kernels_.lanes,
                            0,
                            0,
                            1,
                            1,
                            call.low,
                            call.high};
    kernels_.transform_output({1, 1}, 1, sums + i * columns, 0, std::min(blocks, out_blocks_ - panel * blocks), target);
  }
}

void GatherConv::run(const ConvInput& input, const float* packed, const float* bias, const float* residual, float low,
                     float high, float* output, float* scratch) const {
  const ConvCall call{input, packed, bias, residual, low, high, output};
  on_threads(num_threads_, [&](int thread) {
    for (const Group& group : groups_) {
      const Span share = share_of(static_cast<int64_t>(group.inputs.size()) * shape_.batch, thread, num_threads_);
      for (int64_t index = share.first; index < share.last; ++index)
        gather(input, group, index, scratch + (group.first_row + index) * input_stride_);
    }
  });
  float* const results = scratch + num_rows_ * input_stride_;
  const int64_t size = (num_sums_ + num_pixels()) * kernels_.panel_columns;
  on_items(num_panels_, num_threads_,
           [&](int64_t panel, int thread) { run_panel(call, panel, scratch, results + thread * size); });
}

}  // namespace gerund::infer
