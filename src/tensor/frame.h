// tensor/frame.h - one picture of a video.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gerund::tensor {

/// Owns its pixels: uint8 [height, width, 3], RGB order, rows without padding.
struct Frame {
  int width = 0;
  int height = 0;
  double pts_seconds = 0.0;  ///< Presentation time, from the start of the video.
  std::vector<uint8_t> rgb;

  Frame() = default;
  /// Black.
  Frame(int width_, int height_)
      : width(width_), height(height_), rgb(static_cast<size_t>(width_) * static_cast<size_t>(height_) * 3) {}

  uint8_t* row(int y) { return rgb.data() + static_cast<size_t>(y) * static_cast<size_t>(width) * 3; }
  const uint8_t* row(int y) const { return rgb.data() + static_cast<size_t>(y) * static_cast<size_t>(width) * 3; }
};

/// Pixels as a Frame has them.
///
/// Owns: nothing: who has the pixels must outlive it.
struct FrameView {
  int width = 0;
  int height = 0;
  double pts_seconds = 0.0;
  const uint8_t* rgb = nullptr;

  FrameView(int width_, int height_, const uint8_t* rgb_) : width(width_), height(height_), rgb(rgb_) {}
  /// The frame must outlive it.
  FrameView(const Frame& frame)
      : width(frame.width), height(frame.height), pts_seconds(frame.pts_seconds), rgb(frame.rgb.data()) {}

  const uint8_t* row(int y) const { return rgb + static_cast<size_t>(y) * static_cast<size_t>(width) * 3; }
};

}  // namespace gerund::tensor
