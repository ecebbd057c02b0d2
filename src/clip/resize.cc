#include "clip/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace gerund::clip {
namespace {

// Weights are 22-bit fixed point, as Pillow's for 8-bit pictures: a sum of 255 * weight fits 31 bits, one bit is left
// for the sign.
constexpr int kPrecisionBits = 32 - 8 - 2;
constexpr int32_t kHalf = 1 << (kPrecisionBits - 1);

// Positions [first, first + count).
struct Range {
  int first = 0;
  int count = 0;
};

// Which source positions make each target position, and with what weights.
struct Filter {
  std::vector<Range> windows;    // By target position.
  std::vector<int32_t> weights;  // [targets, max_count], fixed point.
  int max_count = 0;

  const int32_t* weights_of(int target) const {
    return weights.data() + static_cast<size_t>(target) * static_cast<size_t>(max_count);
  }
};

// Towards zero, as Pillow does it: std::lround is another function.
int truncated(double value) {
  return static_cast<int>(value);
}

// The triangle filter for some of the target's positions, widened by the reduction so that every source pixel counts
// (antialiasing).
Filter make_filter(int source, int target, Range part) {
  const double scale = static_cast<double>(source) / target;
  const double filter_scale = std::max(scale, 1.0);
  const double support = filter_scale;
  const double narrowing = 1 / filter_scale;  // A factor, as in Pillow, so that roundings agree.
  Filter filter;
  filter.max_count = static_cast<int>(std::ceil(support)) * 2 + 1;
  filter.weights.resize(static_cast<size_t>(part.count) * static_cast<size_t>(filter.max_count));
  std::vector<double> values;
  for (int i = 0; i < part.count; ++i) {
    const double center = (part.first + i + 0.5) * scale;
    const int first = std::max(0, truncated(center - support + 0.5));
    const int stop = std::min(source, truncated(center + support + 0.5));
    values.clear();
    double sum = 0;
    for (int x = first; x < stop; ++x) {
      const double distance = std::abs((x - center + 0.5) * narrowing);
      values.push_back(distance < 1 ? 1 - distance : 0);
      sum += values.back();
    }
    int32_t* weights = filter.weights.data() + static_cast<size_t>(i) * static_cast<size_t>(filter.max_count);
    for (size_t x = 0; x < values.size(); ++x) weights[x] = truncated(0.5 + values[x] / sum * (1 << kPrecisionBits));
    filter.windows.push_back({first, stop - first});
  }
  return filter;
}

// The byte of column x in a row of RGB.
size_t byte_of(int x) {
  return static_cast<size_t>(x) * 3;
}

uint8_t to_byte(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

// Rows `rows` of the frame, each made filter.windows.size() pixels wide.
tensor::Frame resize_rows(const tensor::Frame& frame, const Filter& filter, Range rows) {
  const auto width = static_cast<int>(filter.windows.size());
  tensor::Frame result(width, rows.count);
  for (int y = 0; y < rows.count; ++y) {
    uint8_t* target = result.row(y);
    for (int x = 0; x < width; ++x, target += 3) {
      const Range window = filter.windows[static_cast<size_t>(x)];
      const uint8_t* source = frame.row(rows.first + y) + byte_of(window.first);
      const int32_t* weights = filter.weights_of(x);
      int32_t sums[3] = {kHalf, kHalf, kHalf};
      for (int i = 0; i < window.count; ++i, source += 3) {
        for (int c = 0; c < 3; ++c) sums[c] += source[c] * weights[i];
      }
      for (int c = 0; c < 3; ++c) target[c] = to_byte(sums[c]);
    }
  }
  return result;
}

// All columns of the frame, each made filter.windows.size() pixels high. Row 0 of the frame is row `first_row` of the
// picture that the filter was made for.
tensor::Frame resize_columns(const tensor::Frame& frame, const Filter& filter, int first_row) {
  const auto height = static_cast<int>(filter.windows.size());
  tensor::Frame result(frame.width, height);
  const int row_bytes = frame.width * 3;
  std::vector<int32_t> sums(static_cast<size_t>(row_bytes));
  for (int y = 0; y < height; ++y) {
    std::fill(sums.begin(), sums.end(), kHalf);
    const Range window = filter.windows[static_cast<size_t>(y)];
    for (int i = 0; i < window.count; ++i) {
      const uint8_t* source = frame.row(window.first - first_row + i);
      const int32_t weight = filter.weights_of(y)[i];
      int32_t* sum = sums.data();
      for (int x = 0; x < row_bytes; ++x) sum[x] += source[x] * weight;
    }
    uint8_t* target = result.row(y);
    for (int x = 0; x < row_bytes; ++x) target[x] = to_byte(sums[static_cast<size_t>(x)]);
  }
  return result;
}

// As Pillow does, a pass that changes nothing is left out.
tensor::Frame resize_width(const tensor::Frame& frame, int width, Range columns, Range rows) {
  if (frame.width == width) return crop(frame, {columns.first, rows.first, columns.count, rows.count});
  return resize_rows(frame, make_filter(frame.width, width, columns), rows);
}

}  // namespace

tensor::Frame resize(const tensor::Frame& frame, int width, int height) {
  if (frame.width == width && frame.height == height) return frame;
  return resize_part(frame, width, height, {0, 0, width, height});
}

tensor::Frame resize_part(const tensor::Frame& frame, int width, int height, const Rectangle& part) {
  if (part.x < 0 || part.y < 0 || part.width < 1 || part.height < 1 || part.x > width - part.width ||
      part.y > height - part.height)
    throw base::InternalError("a part was asked for that lies outside of the resized frame");
  const Range columns{part.x, part.width};
  if (frame.height == height) {
    tensor::Frame result = resize_width(frame, width, columns, {part.y, part.height});
    result.pts_seconds = frame.pts_seconds;
    return result;
  }
  const Filter filter = make_filter(frame.height, height, {part.y, part.height});
  const int first_row = filter.windows.front().first;
  const int num_rows = filter.windows.back().first + filter.windows.back().count - first_row;
  const tensor::Frame rows = resize_width(frame, width, columns, {first_row, num_rows});
  tensor::Frame result = resize_columns(rows, filter, first_row);
  result.pts_seconds = frame.pts_seconds;
  return result;
}

std::pair<int, int> short_edge_size(int width, int height, int short_edge) {
  const auto scaled = [&](int long_side, int short_side) {
    return static_cast<int>(static_cast<int64_t>(short_edge) * long_side / short_side);
  };
  if (width <= height) return {short_edge, scaled(height, width)};
  return {scaled(width, height), short_edge};
}

tensor::Frame resize_short_edge(const tensor::Frame& frame, int short_edge) {
  const auto [width, height] = short_edge_size(frame.width, frame.height, short_edge);
  return resize(frame, width, height);
}

tensor::Frame crop(const tensor::Frame& frame, const Rectangle& part) {
  tensor::Frame result(part.width, part.height);
  result.pts_seconds = frame.pts_seconds;
  const int left = std::max(part.x, 0);
  const int right = std::min(part.x + part.width, frame.width);
  if (right <= left) return result;
  for (int y = std::max(part.y, 0); y < std::min(part.y + part.height, frame.height); ++y) {
    std::memcpy(result.row(y - part.y) + byte_of(left - part.x), frame.row(y) + byte_of(left), byte_of(right - left));
  }
  return result;
}

}  // namespace gerund::clip
