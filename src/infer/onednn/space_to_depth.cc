#include "infer/onednn/space_to_depth.h"

#include <algorithm>

#include "infer/onednn/layout.h"
#include "infer/parallel.h"
#include "infer/winograd/rounding.h"

namespace gerund::infer {
namespace {

/// Along one axis: tap k of the original lies at offset k - pad; phase offset mod 2, position floor(offset / 2).
struct Taps {
  int64_t first = 0;  // Least position.
  int64_t count = 0;
};

Taps taps_of(const ConvShape& shape, size_t axis) {
  const int64_t first = divide_down(-shape.pad[axis], 2);
  const int64_t last = divide_down(shape.kernel[axis] - 1 - shape.pad[axis], 2);
  return {first, last - first + 1};
}

}  // namespace

bool has_phases(const ConvShape& shape) {
  return shape.stride[1] == 2 && shape.stride[2] == 2;
}

ConvShape phases_as_channels(const ConvShape& shape) {
  ConvShape result = shape;
  result.in_channels = 4 * shape.in_channels;
  for (const size_t axis : {size_t{1}, size_t{2}}) {
    const Taps taps = taps_of(shape, axis);
    result.input[axis] = (shape.input[axis] + 1) / 2;
    result.kernel[axis] = taps.count;
    result.stride[axis] = 1;
    result.pad[axis] = -taps.first;
  }
  return result;
}

std::vector<float> weights_of_phases(const ConvShape& shape, const float* weights) {
  const Taps rows = taps_of(shape, 1), columns = taps_of(shape, 2);
  const auto [depth, height, width] = shape.kernel;
  std::vector<float> result(
      static_cast<size_t>(shape.out_channels * 4 * shape.in_channels * depth * rows.count * columns.count), 0.0F);
  for (int64_t out = 0; out < shape.out_channels; ++out) {
    for (int64_t in = 0; in < shape.in_channels; ++in) {
      for (int64_t d = 0; d < depth; ++d) {
        for (int64_t y = 0; y < height; ++y) {
          for (int64_t x = 0; x < width; ++x) {
            const int64_t row = divide_down(y - shape.pad[1], 2), column = divide_down(x - shape.pad[2], 2);
            const int64_t phase = 2 * (y - shape.pad[1] - 2 * row) + (x - shape.pad[2] - 2 * column);
            const int64_t channel = phase * shape.in_channels + in;
            const int64_t to = (((out * 4 * shape.in_channels + channel) * depth + d) * rows.count + row - rows.first) *
                                   columns.count +
                               column - columns.first;
            result[static_cast<size_t>(to)] =
                weights[(((out * shape.in_channels + in) * depth + d) * height + y) * width + x];
          }
        }
      }
    }
  }
  return result;
}

void space_to_depth(const ConvShape& shape, const float* input, int num_threads, float* phases) {
  const auto [depth, height, width] = shape.input;
  const int64_t rows = (height + 1) / 2, columns = (width + 1) / 2;
  const int64_t channels = 4 * shape.in_channels, lanes = block_lanes();
  const int64_t blocks = (channels + lanes - 1) / lanes;
  on_items(shape.batch * depth * rows, num_threads,
           [&, height = height, width = width, depth = depth](int64_t item, int /*thread*/) {
             const int64_t row = item % rows, d = item / rows % depth, n = item / rows / depth;
             for (int64_t block = 0; block < blocks; ++block) {
               float* to = phases + (((n * blocks + block) * depth + d) * rows + row) * columns * lanes;
               for (int64_t lane = 0; lane < lanes; ++lane) {
                 const int64_t channel = block * lanes + lane, phase = channel / shape.in_channels;
                 const int64_t y = 2 * row + phase / 2, first = phase % 2;
                 const bool is_there = channel < channels && y < height;
                 const int64_t inside = is_there ? (width - first + 1) / 2 : 0;
                 const float* from =
                     input + ((n * shape.in_channels + channel % shape.in_channels) * depth + d) * height * width +
                     (is_there ? y * width + first : 0);
                 for (int64_t x = 0; x < inside; ++x) to[x * lanes + lane] = from[2 * x];
                 for (int64_t x = inside; x < columns; ++x) to[x * lanes + lane] = 0;
               }
             }
           });
}

}  // namespace gerund::infer
