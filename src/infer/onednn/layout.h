// infer/onednn/layout.h - how the engine's tensors lie in memory.
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace gerund::infer {

/// How a tensor [N, C, D, H, W] lies in memory: float32, but for the last two.
enum class Layout {
  plain,    ///< Row-major.
  blocked,  ///< [N, ceil(C / lanes), D, H, W, lanes], zeros behind the last channel.
  last,     ///< [N, D, H, W, C].
  bf16,     ///< The same in bfloat16.
  u8        ///< The same in uint8: value = number * scale, with a scale that is known beside it.
};

/// Channels of a block, the vector of this processor.
int64_t block_lanes();

/// [N, C, D, H, W] of a tensor of rank 4 (depth 1) or 5.
tensor::Shape five_axes(const tensor::Shape& shape);

/// Memory of a tensor of rank 4 or 5 in a layout, in floats; of any rank where it is plain.
int64_t num_floats(const tensor::Shape& shape, Layout layout);

}  // namespace gerund::infer
