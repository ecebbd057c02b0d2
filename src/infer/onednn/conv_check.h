// infer/onednn/conv_check.h - whether an algorithm computes a convolution rightly, tried on numbers.
#pragma once

#include "infer/onednn/convolution.h"

namespace gerund::infer {

/// Note [Trust is good]
/// oneDNN's kernels for narrow numbers are young: for a few extents of a picture one of 2.6.3's leaves outputs
/// unwritten (3 to 7 columns of taps, 17 of output, bfloat16), and with 3.7.2 one of bytes came out wrong, which no
/// rule foretells. So before such a convolution is taken for the first time, it runs once on random numbers beside the
/// direct one in float32.

/// `other`, of narrow numbers, computes what `direct` does, but for its rounding: both run on the same random input,
/// summand and weights, drawn from a fixed seed.
bool agrees(const PlannedConv& other, const PlannedConv& direct, const DirectConvShape& shape);

}  // namespace gerund::infer
