// clip/resize.h - resizing and cropping frames, with the pixels of Pillow.
#pragma once

#include <utility>

#include "tensor/frame.h"

namespace gerund::clip {

/// Antialiased bilinear (triangle filter, support scaled by the reduction) in 8-bit fixed point, rounding to 8 bits
/// between the horizontal and the vertical pass: the pixels of Pillow's Image.resize(BILINEAR), to the last bit. Sizes
/// in pixels, >= 1.
tensor::Frame resize(const tensor::FrameView& frame, int width, int height);

/// A rectangle of pixels: [x, x + width) x [y, y + height).
struct Rectangle {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;

  bool operator==(const Rectangle&) const = default;
};

/// The pixels of crop(resize(frame, width, height), part) without making the others. `part` must lie inside of
/// width x height; throws InternalError where it does not.
tensor::Frame resize_part(const tensor::FrameView& frame, int width, int height, const Rectangle& part);

/// Width and height of a picture whose short edge is made `short_edge`: the long one is int(short_edge * long / short),
/// as of torchvision.transforms.Resize(int).
std::pair<int, int> short_edge_size(int width, int height, int short_edge);

/// A frame of short_edge_size.
tensor::Frame resize_short_edge(const tensor::FrameView& frame, int short_edge);

/// One rectangle of a frame. Parts outside the frame are black.
tensor::Frame crop(const tensor::FrameView& frame, const Rectangle& part);

}  // namespace gerund::clip
