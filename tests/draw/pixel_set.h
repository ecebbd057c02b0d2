// tests/draw/pixel_set.h - the pixels of a picture that have some property, and where they lie.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "draw/canvas.h"
#include "tensor/frame.h"

namespace gerund::draw {

/// How many pixels there are, and the smallest rectangle [left, right) x [top, bottom) around them.
struct PixelSet {
  int count = 0;
  int left = 1 << 20, top = 1 << 20, right = 0, bottom = 0;
  double mean_x = 0, mean_y = 0;
};

inline Color pixel_at(const tensor::Frame& frame, int x, int y) {
  const uint8_t* pixel = frame.row(y) + 3 * x;
  return {pixel[0], pixel[1], pixel[2]};
}

inline int distance(Color a, Color b) {
  return std::max({std::abs(a.r - b.r), std::abs(a.g - b.g), std::abs(a.b - b.b)});
}

inline PixelSet find_pixels(const tensor::Frame& frame, const std::function<bool(int, int)>& wanted) {
  PixelSet found;
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      if (!wanted(x, y)) continue;
      ++found.count;
      found.left = std::min(found.left, x);
      found.top = std::min(found.top, y);
      found.right = std::max(found.right, x + 1);
      found.bottom = std::max(found.bottom, y + 1);
      found.mean_x += x + 0.5;
      found.mean_y += y + 0.5;
    }
  }
  found.mean_x /= std::max(1, found.count);
  found.mean_y /= std::max(1, found.count);
  return found;
}

inline PixelSet pixels_like(const tensor::Frame& frame, Color color, int tolerance = 0) {
  return find_pixels(frame, [&](int x, int y) { return distance(pixel_at(frame, x, y), color) <= tolerance; });
}

inline PixelSet pixels_unlike(const tensor::Frame& frame, Color color) {
  return find_pixels(frame, [&](int x, int y) { return distance(pixel_at(frame, x, y), color) > 0; });
}

inline tensor::Frame plain(int width, int height, Color color) {
  tensor::Frame frame(width, height);
  Canvas(frame).fill(color);
  return frame;
}

}  // namespace gerund::draw
