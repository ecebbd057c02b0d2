// data/history.h - what a causal network saw before a training clip, made of other clips.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tensor/tensor.h"

namespace gerund::data {

/// The clips of a batch, each [C, T, H, W], as if they followed one another in a stream: before each stand the last
/// `history` (>= 0) frames of the clips after it in the batch, in the order of a ring; before a clip that is alone, its
/// own again. float32 [C, history + T, H, W] each.
std::vector<tensor::Tensor> with_others_before(std::span<const tensor::Tensor> clips, int64_t history);

}  // namespace gerund::data
