#include "clip/resize.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "clip/resize_pass.h"

namespace gerund::clip {
namespace {

// The byte of column x in a row of RGB.
size_t byte_of(int x) {
  return static_cast<size_t>(x) * 3;
}

// Rows `rows` of the frame, each made filter.windows.size() pixels wide.
tensor::Frame resize_rows(const tensor::FrameView& frame, const ResizeFilter& filter, Range rows) {
  tensor::Frame result(static_cast<int>(filter.windows.size()), rows.count);
  RowPass pass(filter, frame.width);
  for (int y = 0; y < rows.count; ++y) pass.run(frame.row(rows.first + y), result.row(y));
  return result;
}

// All columns of the frame, each made filter.windows.size() pixels high. Row 0 of the frame is row `first_row` of the
// picture that the filter was made for.
tensor::Frame resize_columns(const tensor::FrameView& frame, const ResizeFilter& filter, int first_row) {
  tensor::Frame result(frame.width, static_cast<int>(filter.windows.size()));
  for (int y = 0; y < result.height; ++y) {
    const int first = filter.windows[static_cast<size_t>(y)].first - first_row;
    filter_columns(filter, y, frame.row(first), byte_of(frame.width), result.row(y));
  }
  return result;
}

// As Pillow does, a pass that changes nothing is left out.
tensor::Frame resize_width(const tensor::FrameView& frame, int width, Range columns, Range rows) {
  if (frame.width == width) return crop(frame, {columns.first, rows.first, columns.count, rows.count});
  return resize_rows(frame, make_resize_filter(frame.width, width, columns), rows);
}

}  // namespace

tensor::Frame resize(const tensor::FrameView& frame, int width, int height) {
  if (frame.width == width && frame.height == height) return crop(frame, {0, 0, width, height});
  return resize_part(frame, width, height, {0, 0, width, height});
}

tensor::Frame resize_part(const tensor::FrameView& frame, int width, int height, const Rectangle& part) {
  if (part.x < 0 || part.y < 0 || part.width < 1 || part.height < 1 || part.x > width - part.width ||
      part.y > height - part.height)
    throw base::InternalError("a part was asked for that lies outside of the resized frame");
  const Range columns{part.x, part.width};
  if (frame.height == height) {
    tensor::Frame result = resize_width(frame, width, columns, {part.y, part.height});
    result.pts_seconds = frame.pts_seconds;
    return result;
  }
  const ResizeFilter filter = make_resize_filter(frame.height, height, {part.y, part.height});
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

tensor::Frame resize_short_edge(const tensor::FrameView& frame, int short_edge) {
  const auto [width, height] = short_edge_size(frame.width, frame.height, short_edge);
  return resize(frame, width, height);
}

tensor::Frame crop(const tensor::FrameView& frame, const Rectangle& part) {
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
