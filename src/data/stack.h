// data/stack.h - clips into one batch.
#pragma once

#include <span>

#include "tensor/tensor.h"

namespace gerund::data {

/// float32 [N, ...] from N >= 1 clips, float32 [...] of one shape. Throws InternalError where shapes differ.
tensor::Tensor stack(std::span<const tensor::Tensor> clips);

}  // namespace gerund::data
