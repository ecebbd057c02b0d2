#include "graph/sliding_window.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "graph/extents.h"

namespace gerund::graph {
namespace {

Ints list_in_range(const Node& node, const std::string& name, const Ints& values, size_t count, int64_t lowest) {
  const bool fits = values.size() == count && std::all_of(values.begin(), values.end(), [&](int64_t value) {
                      return value >= lowest && value <= kMaxWindow;
                    });
  if (fits) return values;
  throw base::UserError(fmt::format("{}: {} is {}; {} values of {} to {} are wanted", describe(node), name,
                                    tensor::to_string(values), count, lowest, kMaxWindow));
}

/// Padding that makes the output ceil(input / stride); the odd element goes to the end (SAME_UPPER) or the beginning.
void pad_to_same(SlidingWindow& window, const tensor::Shape& input, bool extra_at_end) {
  for (size_t axis = 0; axis < window.kernel.size(); ++axis) {
    const int64_t extent = input[axis + 2];
    const int64_t stride = window.strides[axis];
    const int64_t reach = (window.kernel[axis] - 1) * window.dilations[axis] + 1;
    const int64_t positions = (extent + stride - 1) / stride;
    const int64_t total = std::max<int64_t>(0, (positions - 1) * stride + reach - extent);
    window.pads_begin[axis] = extra_at_end ? total / 2 : total - total / 2;
    window.pads_end[axis] = total - window.pads_begin[axis];
  }
}

void set_padding(const Node& node, SlidingWindow& window, const tensor::Shape& input) {
  const size_t rank = window.kernel.size();
  const std::string auto_pad = text_attribute(node, "auto_pad", "NOTSET");
  window.pads_begin.assign(rank, 0);
  window.pads_end.assign(rank, 0);
  if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
    pad_to_same(window, input, auto_pad == "SAME_UPPER");
  } else if (auto_pad == "NOTSET" || auto_pad.empty()) {
    const Ints pads = list_in_range(node, "pads", ints_attribute(node, "pads", Ints(2 * rank, 0)), 2 * rank, 0);
    window.pads_begin.assign(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(rank));
    window.pads_end.assign(pads.begin() + static_cast<std::ptrdiff_t>(rank), pads.end());
  } else if (auto_pad != "VALID") {
    throw base::UserError(fmt::format("{}: auto_pad '{}' is not known; NOTSET, VALID, SAME_UPPER and SAME_LOWER are",
                                      describe(node), auto_pad));
  }
}

int64_t num_positions(const Node& node, const SlidingWindow& window, const tensor::Shape& input, size_t axis) {
  const int64_t extent = input[axis + 2];
  const int64_t stride = window.strides[axis];
  const int64_t reach = (window.kernel[axis] - 1) * window.dilations[axis] + 1;
  const int64_t room = extent + window.pads_begin[axis] + window.pads_end[axis] - reach;
  if (room < 0) {
    throw base::UserError(fmt::format("{}: its window of {} elements is larger than its input {} with padding",
                                      describe(node), reach, tensor::to_string(input)));
  }
  if (int_attribute(node, "ceil_mode", 0) == 0) return room / stride + 1;
  const int64_t positions = (room + stride - 1) / stride + 1;
  const bool last_begins_inside = (positions - 1) * stride < extent + window.pads_begin[axis];
  return last_begins_inside ? positions : positions - 1;
}

}  // namespace

SlidingWindow sliding_window(const Node& node, const tensor::Shape& input, const Ints& kernel) {
  if (input.size() != 4 && input.size() != 5) {
    throw base::UserError(fmt::format("{}: its input has shape {}; [N, C, H, W] or [N, C, D, H, W] is wanted",
                                      describe(node), tensor::to_string(input)));
  }
  const size_t rank = input.size() - 2;
  SlidingWindow window;
  window.kernel = list_in_range(node, "kernel_shape", kernel, rank, 1);
  window.strides = list_in_range(node, "strides", ints_attribute(node, "strides", Ints(rank, 1)), rank, 1);
  window.dilations = list_in_range(node, "dilations", ints_attribute(node, "dilations", Ints(rank, 1)), rank, 1);
  set_padding(node, window, input);
  for (size_t axis = 0; axis < rank; ++axis) window.output.push_back(num_positions(node, window, input, axis));
  return window;
}

}  // namespace gerund::graph
