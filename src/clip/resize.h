// clip/resize.h - resizing and cropping frames, with the pixels of Pillow.
#pragma once

#include "tensor/frame.h"

namespace gerund::clip {

/// Antialiased bilinear (triangle filter, support scaled by the reduction) in 8-bit fixed point, rounding to 8 bits
/// between the horizontal and the vertical pass: the pixels of Pillow's Image.resize(BILINEAR), to the last bit. Sizes
/// in pixels, >= 1.
tensor::Frame resize(const tensor::Frame& frame, int width, int height);

/// Short edge to `short_edge`, long edge to int(short_edge * long / short), as torchvision.transforms.Resize(int) does.
tensor::Frame resize_short_edge(const tensor::Frame& frame, int short_edge);

/// The rectangle [x, x + width) x [y, y + height). Parts outside the frame are black.
tensor::Frame crop(const tensor::Frame& frame, int x, int y, int width, int height);

}  // namespace gerund::clip
