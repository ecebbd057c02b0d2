// train/history.h - what a causal network saw before a training clip, made of other clips.
#pragma once

#include <cstdint>

#include "nets/libtorch.h"

namespace gerund::train {

/// The clips of `batch` [N, C, T, H, W] as if they followed one another in a stream: those at `rows` (int64 [R]),
/// before each the last `history` (>= 0) frames of the clips after it in the batch, in the order of a ring; before a
/// clip that is alone, its own again. [R, C, history + T, H, W].
torch::Tensor with_others_before(const torch::Tensor& batch, const torch::Tensor& rows, int64_t history);

}  // namespace gerund::train
