#include "clip/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace gerund::clip {
namespace {

// Weights are 22-bit fixed point, as Pillow's for 8-bit pictures: a sum of 255 * weight fits 31 bits, one bit is left
// for the sign.
constexpr int kPrecisionBits = 32 - 8 - 2;

// Which source positions make each target position, and with what weights.
struct Filter {
  struct Window {
    int first = 0;
    int count = 0;
  };
  std::vector<Window> windows;   // By target position.
  std::vector<int32_t> weights;  // [targets, max_count], fixed point.
  int max_count = 0;

  const int32_t* weights_of(int target) const {
    return weights.data() + static_cast<size_t>(target) * static_cast<size_t>(max_count);
  }
};

// The triangle filter, widened by the reduction so that every source pixel counts (antialiasing).
Filter make_filter(int source, int target) {
  const double scale = static_cast<double>(source) / target;
  const double filter_scale = std::max(scale, 1.0);
  const double support = filter_scale;
  const double narrowing = 1 / filter_scale;  // A factor, as in Pillow, so that roundings agree.
  Filter filter;
  filter.max_count = static_cast<int>(std::ceil(support)) * 2 + 1;
  filter.weights.resize(static_cast<size_t>(target) * static_cast<size_t>(filter.max_count));
  std::vector<double> values;
  for (int i = 0; i < target; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(center - support + 0.5));
    const int stop = std::min(source, static_cast<int>(center + support + 0.5));
    values.clear();
    double sum = 0;
    for (int x = first; x < stop; ++x) {
      const double distance = std::abs((x - center + 0.5) * narrowing);
      values.push_back(distance < 1 ? 1 - distance : 0);
      sum += values.back();
    }
    int32_t* weights = filter.weights.data() + static_cast<size_t>(i) * static_cast<size_t>(filter.max_count);
    for (size_t x = 0; x < values.size(); ++x)
      weights[x] = static_cast<int32_t>(0.5 + values[x] / sum * (1 << kPrecisionBits));
    filter.windows.push_back({first, stop - first});
  }
  return filter;
}

uint8_t to_byte(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

tensor::Frame resize_rows(const tensor::Frame& frame, int width) {
  const Filter filter = make_filter(frame.width, width);
  tensor::Frame result(width, frame.height);
  result.pts_seconds = frame.pts_seconds;
  for (int y = 0; y < frame.height; ++y) {
    uint8_t* target = result.row(y);
    for (int x = 0; x < width; ++x, target += 3) {
      const uint8_t* source = frame.row(y) + filter.windows[static_cast<size_t>(x)].first * 3;
      const int32_t* weights = filter.weights_of(x);
      int32_t sums[3] = {1 << (kPrecisionBits - 1), 1 << (kPrecisionBits - 1), 1 << (kPrecisionBits - 1)};
      for (int i = 0; i < filter.windows[static_cast<size_t>(x)].count; ++i, source += 3) {
        for (int c = 0; c < 3; ++c) sums[c] += source[c] * weights[i];
      }
      for (int c = 0; c < 3; ++c) target[c] = to_byte(sums[c]);
    }
  }
  return result;
}

tensor::Frame resize_columns(const tensor::Frame& frame, int height) {
  const Filter filter = make_filter(frame.height, height);
  tensor::Frame result(frame.width, height);
  result.pts_seconds = frame.pts_seconds;
  const int row_bytes = frame.width * 3;
  std::vector<int32_t> sums(static_cast<size_t>(row_bytes));
  for (int y = 0; y < height; ++y) {
    std::fill(sums.begin(), sums.end(), 1 << (kPrecisionBits - 1));
    const Filter::Window window = filter.windows[static_cast<size_t>(y)];
    for (int i = 0; i < window.count; ++i) {
      const uint8_t* source = frame.row(window.first + i);
      const int32_t weight = filter.weights_of(y)[i];
      int32_t* sum = sums.data();
      for (int x = 0; x < row_bytes; ++x) sum[x] += source[x] * weight;
    }
    uint8_t* target = result.row(y);
    for (int x = 0; x < row_bytes; ++x) target[x] = to_byte(sums[static_cast<size_t>(x)]);
  }
  return result;
}

}  // namespace

tensor::Frame resize(const tensor::Frame& frame, int width, int height) {
  if (frame.width == width && frame.height == height) return frame;
  if (frame.width == width) return resize_columns(frame, height);
  tensor::Frame rows = resize_rows(frame, width);
  return frame.height == height ? rows : resize_columns(rows, height);
}

tensor::Frame resize_short_edge(const tensor::Frame& frame, int short_edge) {
  const auto scaled = [&](int long_side, int short_side) {
    return static_cast<int>(static_cast<int64_t>(short_edge) * long_side / short_side);
  };
  if (frame.width <= frame.height) return resize(frame, short_edge, scaled(frame.height, frame.width));
  return resize(frame, scaled(frame.width, frame.height), short_edge);
}

tensor::Frame crop(const tensor::Frame& frame, int x, int y, int width, int height) {
  tensor::Frame result(width, height);
  result.pts_seconds = frame.pts_seconds;
  const int left = std::max(x, 0);
  const int right = std::min(x + width, frame.width);
  if (right <= left) return result;
  for (int row = std::max(y, 0); row < std::min(y + height, frame.height); ++row) {
    std::memcpy(result.row(row - y) + (left - x) * 3, frame.row(row) + left * 3, static_cast<size_t>(right - left) * 3);
  }
  return result;
}

}  // namespace gerund::clip
