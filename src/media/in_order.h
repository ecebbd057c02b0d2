// media/in_order.h - reads frames in ascending order, each once, and hands them out in the order asked.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "tensor/frame.h"

namespace gerund::media {

/// The frames at `indices`, by one call of `read_one` for each different index, ascending. Throws InternalError where
/// an index is outside [0, num_frames).
std::vector<tensor::Frame> read_in_order(std::span<const int64_t> indices, int64_t num_frames,
                                         const std::function<tensor::Frame(int64_t)>& read_one);

}  // namespace gerund::media
