#include "infer/winograd/winograd_gradient.h"

#include <algorithm>

#include "base/error.h"
#include "infer/parallel.h"
#include "infer/winograd/matrices.h"
#include "infer/winograd/rounding.h"

namespace gerund::infer {
namespace {

constexpr int kPoints = 6;
constexpr int kOutputs = 4;
constexpr int kTaps = 3;
constexpr int64_t kAllPoints = int64_t{kPoints} * kPoints;
constexpr int64_t kMaxTimeTaps = 8;

}  // namespace

bool WinogradGradient::applies(const ConvShape& shape) {
  return shape.stride == ConvShape::Axes{1, 1, 1} && shape.kernel[1] == kTaps && shape.kernel[2] == kTaps &&
         shape.kernel[0] <= kMaxTimeTaps;
}

WinogradGradient::WinogradGradient(const WinogradKernels& kernels, const ConvShape& shape, int num_threads,
                                   int64_t held_bytes)
    : kernels_(kernels), shape_(shape), num_threads_(num_threads) {
  if (!applies(shape)) throw base::InternalError("Winograd's algorithm does not apply");
  const int64_t lanes = kernels.lanes;
  const auto rows = [&](const ConvShape::Axes& axes, int64_t channels, int64_t whole) {
    // An odd number of cache lines: a power of two would crowd the rows into few cache sets.
    const int64_t floats = divide_up(channels, whole) * whole;
    return Rows{axes, divide_up(channels, lanes), floats % 32 == 0 ? floats + 16 : floats};
  };
  input_ = rows(shape.input, shape.in_channels, lanes);
  output_ = rows(shape.output, shape.out_channels, kernels.panel_columns);
  num_tile_columns_ = divide_up(shape.output[2], kOutputs);
  num_tiles_ = num_tile_columns_ * divide_up(shape.output[1], kOutputs);
  const int64_t sample_bytes = kAllPoints * num_tiles_ * static_cast<int64_t>(sizeof(float)) *
                               (shape.input[0] * input_.stride + shape.output[0] * output_.stride);
  samples_at_a_time_ = std::clamp<int64_t>(held_bytes / sample_bytes, 1, shape.batch);
  product_stride_ = shape.in_channels * output_.stride;
}

int64_t WinogradGradient::point_stride(const Rows& rows) const {
  return rows.axes[0] * frame_rows(samples_at_a_time_) * rows.stride;
}

int64_t WinogradGradient::num_scratch_floats() const {
  return kAllPoints * (point_stride(input_) + point_stride(output_) + shape_.kernel[0] * product_stride_);
}

void WinogradGradient::transform(const Rows& rows, bool is_output, const float* pixels, int64_t first_sample,
                                 int64_t num_samples, float* transformed) const {
  const int64_t frames = rows.axes[0], height = rows.axes[1], width = rows.axes[2];
  const int64_t lanes = kernels_.lanes, per_frame = frame_rows(num_samples);
  on_items(frames * num_samples, num_threads_, [&](int64_t item, int /*thread*/) {
    const int64_t frame = item / num_samples, sample = item % num_samples;
    const float* plane = pixels + ((first_sample + sample) * rows.blocks * frames + frame) * height * width * lanes;
    for (int64_t tile = 0; tile < num_tiles_; ++tile) {
      const int64_t row = frame * per_frame + sample * num_tiles_ + tile;
      TileSource source{plane,
                        frames * height * width * lanes,
                        width * lanes,
                        lanes,
                        static_cast<int>(tile / num_tile_columns_) * kOutputs,
                        static_cast<int>(tile % num_tile_columns_) * kOutputs,
                        static_cast<int>(height),
                        static_cast<int>(width)};
      float* to = transformed + row * rows.stride;
      if (is_output) {
        kernels_.spread_output(source, rows.blocks, to, point_stride(rows));
      } else {
        source.first_row -= static_cast<int>(shape_.pad[1]);
        source.first_column -= static_cast<int>(shape_.pad[2]);
        kernels_.transform_input({kPoints, 1}, source, rows.blocks, to, point_stride(rows));
      }
    }
  });
}

/// products: [points, taps in time, in_channels, output_.stride].
void WinogradGradient::multiply(const float* inputs, const float* outputs, int64_t num_samples, bool adds,
                                float* products) const {
  const int64_t per_frame = frame_rows(num_samples), taps = shape_.kernel[0];
  on_items(kAllPoints * taps, num_threads_, [&](int64_t item, int /*thread*/) {
    const int64_t point = item / taps, shift = item % taps - shape_.pad[0];
    // Output frames whose input frame t + shift is there.
    const int64_t first = std::clamp<int64_t>(-shift, 0, shape_.output[0]);
    const int64_t last = std::clamp<int64_t>(shape_.input[0] - shift, first, shape_.output[0]);
    float* product = products + item * product_stride_;
    if (first == last) {
      if (!adds) std::fill_n(product, product_stride_, 0.0F);
      return;
    }
    kernels_.multiply_outer({inputs + point * point_stride(input_) + (first + shift) * per_frame * input_.stride,
                             input_.stride,
                             outputs + point * point_stride(output_) + first * per_frame * output_.stride,
                             output_.stride, (last - first) * per_frame, product, output_.stride, shape_.in_channels,
                             divide_up(shape_.out_channels, kernels_.panel_columns), adds});
  });
}

void WinogradGradient::gather(const float* products, float* gradient) const {
  const std::vector<double> matrix = weight_transform({kPoints, 1}, kTaps).matrix;
  const int64_t columns = kernels_.panel_columns, taps = shape_.kernel[0], area = int64_t{kTaps} * kTaps;
  const int64_t num_panels = divide_up(shape_.out_channels, columns);
  on_items(num_panels * shape_.in_channels, num_threads_, [&](int64_t item, int /*thread*/) {
    const int64_t panel = item / shape_.in_channels, channel = item % shape_.in_channels;
    const int64_t num_columns = std::min(columns, shape_.out_channels - panel * columns);
    std::vector<float> kernel(static_cast<size_t>(area * columns));
    for (int64_t time = 0; time < taps; ++time) {
      kernels_.gather_weights(kPoints, kTaps, matrix.data(),
                              products + time * product_stride_ + channel * output_.stride + panel * columns,
                              taps * product_stride_, kernel.data());
      for (int64_t column = 0; column < num_columns; ++column) {
        float* to = gradient + (((panel * columns + column) * shape_.in_channels + channel) * taps + time) * area;
        for (int64_t tap = 0; tap < area; ++tap) to[tap] = kernel[static_cast<size_t>(tap * columns + column)];
      }
    }
  });
}

void WinogradGradient::run(const float* input, const float* output_gradient, float* gradient, float* scratch) const {
  float* inputs = scratch;
  float* outputs = inputs + kAllPoints * point_stride(input_);
  float* products = outputs + kAllPoints * point_stride(output_);
  for (int64_t first = 0; first < shape_.batch; first += samples_at_a_time_) {
    const int64_t count = std::min(samples_at_a_time_, shape_.batch - first);
    transform(input_, false, input, first, count, inputs);
    transform(output_, true, output_gradient, first, count, outputs);
    multiply(inputs, outputs, count, first > 0, products);
  }
  gather(products, gradient);
}

}  // namespace gerund::infer
