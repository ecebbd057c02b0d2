// infer/onednn/space_to_depth.h - a convolution of stride 2 over a plain picture as one of stride 1: the four phases of
// the picture (parities of row and column) lie side by side as channels. It fills the lanes of a block where a picture
// has three channels.
#pragma once

#include <vector>

#include "infer/winograd/winograd_conv.h"

namespace gerund::infer {

/// True where height and width have stride 2.
bool has_phases(const ConvShape& shape);

/// The convolution over the phases: channel (2 * row parity + column parity) * in_channels + c, half the extents.
ConvShape phases_as_channels(const ConvShape& shape);

/// Its weights [out_channels, 4 * in_channels, kernel...], from those of the original convolution.
std::vector<float> weights_of_phases(const ConvShape& shape, const float* weights);

/// Its input in blocks, from the plain input of the original convolution.
void space_to_depth(const ConvShape& shape, const float* input, int num_threads, float* phases);

}  // namespace gerund::infer
