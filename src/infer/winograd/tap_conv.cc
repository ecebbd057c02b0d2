#include "infer/winograd/tap_conv.h"

#include <algorithm>
#include <numeric>

#include "infer/parallel.h"
#include "infer/winograd/rounding.h"
#include "infer/winograd/tap_weights.h"

namespace gerund::infer {
namespace {

/// Rows that are multiplied at a time: they stay in the second cache while all weights pass by.
constexpr int64_t kPartRows = 256;
constexpr int64_t kFewRows = 512;

int64_t num_taps_of(const ConvShape& shape) {
  return shape.kernel[0] * shape.kernel[1] * shape.kernel[2];
}

}  // namespace

TapConv::Axis TapConv::axis_of(const ConvShape& shape, size_t axis) {
  Axis result;
  const int64_t stride = shape.stride.at(axis), pad = shape.pad.at(axis), kernel = shape.kernel.at(axis);
  result.first_step = divide_down(-pad, stride);
  for (int64_t k = 0; k < kernel; ++k) {
    const int64_t step = divide_down(k - pad, stride), parity = k - pad - step * stride;
    auto phase = std::ranges::find(result.parities, parity);
    if (phase == result.parities.end()) phase = result.parities.insert(phase, parity);
    result.tap_phase.push_back(phase - result.parities.begin());
    result.tap_shift.push_back(step - result.first_step);
  }
  result.extent = shape.output.at(axis) + result.tap_shift.back();
  return result;
}

TapConv::TapConv(const WinogradKernels& kernels, const ConvShape& shape, int num_threads)
    : kernels_(kernels),
      shape_(shape),
      num_threads_(num_threads),
      axes_{axis_of(shape, 0), axis_of(shape, 1), axis_of(shape, 2)},
      in_blocks_(divide_up(shape.in_channels, kernels.lanes)),
      out_blocks_(divide_up(shape.out_channels, kernels.lanes)),
      num_panels_(divide_up(shape.out_channels, kernels.panel_columns)),
      depth_(round_up(in_blocks_ * kernels.lanes, kernels.depth_multiple)),
      output_stride_(num_panels_ * kernels.panel_columns) {
  const auto& [time, height, width] = axes_;
  for (int64_t k = 0; k < num_taps_of(shape); ++k) {
    const auto t = static_cast<size_t>(k / (shape.kernel[1] * shape.kernel[2]));
    const auto y = static_cast<size_t>(k / shape.kernel[2] % shape.kernel[1]);
    const auto x = static_cast<size_t>(k % shape.kernel[2]);
    const auto num_rows = static_cast<int64_t>(height.parities.size());
    const auto num_columns = static_cast<int64_t>(width.parities.size());
    const int64_t plane = (time.tap_phase[t] * num_rows + height.tap_phase[y]) * num_columns + width.tap_phase[x];
    const int64_t place = (time.tap_shift[t] * height.extent + height.tap_shift[y]) * width.extent + width.tap_shift[x];
    tap_rows_.push_back(plane * place_rows() + place);
  }
  const int last_tap = static_cast<int>(num_taps_of(shape));
  for (int64_t t = 0; t < shape.output[0]; ++t) {
    const int64_t first = t * height.extent * width.extent;
    const int64_t count = (shape.output[1] - 1) * width.extent + shape.output[2];
    for (int64_t part = 0; part < count; part += kPartRows)
      row_parts_.push_back({first + part, first + std::min(part + kPartRows, count), 0, last_tap});
  }
}

int64_t TapConv::num_planes() const {
  return static_cast<int64_t>(axes_[0].parities.size() * axes_[1].parities.size() * axes_[2].parities.size());
}

int64_t TapConv::num_packed_floats() const {
  return num_panels_ * num_taps_of(shape_) * depth_ * kernels_.panel_columns;
}

int64_t TapConv::num_scratch_floats() const {
  return shape_.batch * (sample_rows() * depth_ + place_rows() * output_stride_);
}

void TapConv::pack(const float* weights, float* packed) const {
  std::vector<int64_t> order(static_cast<size_t>(num_taps_of(shape_)));
  std::iota(order.begin(), order.end(), int64_t{0});
  pack_taps(kernels_, shape_, depth_, order, num_threads_, weights, packed);
}

/// Item: one line of the matrix's places, of one height, in one plane of one sample.
void TapConv::fill_line(const ConvInput& input, int64_t item, float* rows) const {
  const auto& [time, height, width] = axes_;
  const int64_t lanes = kernels_.lanes;
  const int64_t line = item % (time.extent * height.extent), plane = item / (time.extent * height.extent);
  const auto num_columns = static_cast<int64_t>(width.parities.size());
  const auto num_rows = static_cast<int64_t>(height.parities.size());
  const auto coordinate = [&](size_t axis, int64_t place, int64_t phase) {
    return (place + axes_.at(axis).first_step) * shape_.stride.at(axis) +
           axes_.at(axis).parities[static_cast<size_t>(phase)];
  };
  const int64_t sample = plane / num_planes();
  const int64_t t = coordinate(0, line / height.extent, plane % num_planes() / (num_rows * num_columns));
  const int64_t y = coordinate(1, line % height.extent, plane / num_columns % num_rows);
  const int64_t first_x = coordinate(2, 0, plane % num_columns);
  const auto [frames, lines, pixels] = shape_.input;
  const bool is_inside = t >= 0 && t < frames && y >= 0 && y < lines;
  const auto [frame, block_stride] = input.frame(shape_, lanes, sample, is_inside ? t : 0);
  const TileSource source{
      frame + (is_inside ? y * pixels * lanes : 0), block_stride, 0, lanes, 0, 0, 1, static_cast<int>(pixels)};
  float* to = rows + item * width.extent * depth_;
  for (int64_t place = 0; place < width.extent; ++place, to += depth_) {
    TileSource pixel = source;
    pixel.first_column = static_cast<int>(first_x + place * shape_.stride[2]);
    if (is_inside && pixel.first_column >= 0 && pixel.first_column < pixels)
      kernels_.transform_input({1, 1}, pixel, in_blocks_, to, 0);
    else
      std::fill_n(to, depth_, 0.0F);  // Zero is zero in halves too.
  }
}

void TapConv::multiply(const float* packed, std::span<const ProductRows> rows, int64_t sample, int64_t first_panel,
                       int64_t last_panel, const float* inputs, float* products) const {
  kernels_.multiply({inputs + sample * sample_rows() * depth_, depth_, packed,
                     products + sample * place_rows() * output_stride_, output_stride_, depth_, tap_rows_, rows,
                     first_panel, last_panel});
}

/// Item: one line of the output, of one height, of one frame of one sample. `whole`: the target of pixel 0.
void TapConv::finish_line(const float* products, int64_t item, const TileTarget& whole) const {
  const auto [frames, lines, pixels] = shape_.output;
  const int64_t y = item % lines, t = item / lines % frames, sample = item / (lines * frames);
  const float* from = products + (sample * place_rows() + (t * axes_[1].extent + y) * axes_[2].extent) * output_stride_;
  int64_t at = ((sample * out_blocks_ * frames + t) * lines + y) * pixels * kernels_.lanes;
  for (int64_t x = 0; x < pixels; ++x, from += output_stride_, at += kernels_.lanes) {
    TileTarget pixel = whole;
    pixel.pixels += at;
    if (pixel.residual != nullptr) pixel.residual += at;
    kernels_.transform_output({1, 1}, 1, from, 0, out_blocks_, pixel);
  }
}

void TapConv::run(const ConvInput& input, const float* packed, const float* bias, const float* residual, float low,
                  float high, float* output, float* scratch) const {
  float* products = scratch + shape_.batch * sample_rows() * depth_;
  on_items(shape_.batch * num_planes() * axes_[0].extent * axes_[1].extent, num_threads_,
           [&](int64_t item, int /*thread*/) { fill_line(input, item, scratch); });
  const auto num_parts = static_cast<int64_t>(row_parts_.size());
  // With few rows the time goes into reading weights: each then meets all rows at once.
  const int64_t parts_at_a_time = place_rows() <= kFewRows ? num_parts : 1;
  const int64_t num_groups = num_parts / parts_at_a_time, num_items = num_groups * shape_.batch;
  const int64_t panels_at_a_time = num_items < int64_t{4} * num_threads_ ? 1 : num_panels_;
  on_items(num_items * num_panels_ / panels_at_a_time, num_threads_, [&](int64_t item, int /*thread*/) {
    const std::span rows =
        std::span(row_parts_)
            .subspan(static_cast<size_t>(item % num_groups * parts_at_a_time), static_cast<size_t>(parts_at_a_time));
    const int64_t first = item / num_items * panels_at_a_time;
    multiply(packed, rows, item / num_groups % shape_.batch, first, first + panels_at_a_time, scratch, products);
  });
  const int64_t lines = shape_.output[0] * shape_.output[1];
  const TileTarget whole{output, residual, bias, lines * shape_.output[2] * kernels_.lanes, 0, 0, 1, 1, low, high};
  on_items(shape_.batch * lines, num_threads_,
           [&](int64_t item, int /*thread*/) { finish_line(products, item, whole); });
}

}  // namespace gerund::infer
