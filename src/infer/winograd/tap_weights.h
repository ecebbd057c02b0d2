// infer/winograd/tap_weights.h - weights as products of single taps read them.
#pragma once

#include <cstdint>
#include <span>

#include "infer/winograd/winograd_conv.h"

namespace gerund::infer {

/// Weights float32 [out_channels, in_channels, kernel...] become [panels, taps, depth, panel_columns], zeros around
/// them, in the form that the kernels multiply. `depth`: input channels, filled up to a multiple that the kernels want.
/// `order`: which tap of the kernel, counted row-major, comes where; those that it lacks are left out.
void pack_taps(const WinogradKernels& kernels, const ConvShape& shape, int64_t depth, std::span<const int64_t> order,
               int num_threads, const float* weights, float* packed);

}  // namespace gerund::infer
