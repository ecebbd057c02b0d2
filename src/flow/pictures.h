// flow/pictures.h - optical flow as two grey pictures, the form in which networks read it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "flow/field.h"

namespace gerund::flow {

/// Owns its pixels: uint8 [height, width].
struct GreyPicture {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;

  bool operator==(const GreyPicture&) const = default;
};

/// The motion to the right (u) and downwards (v) of one pair of frames; 128 is no motion.
struct FlowPictures {
  GreyPicture u;
  GreyPicture v;
};

/// How pixels of motion become grey levels: uint8(x / m * 127.999 + 128), cut off towards zero.
struct Scale {
  /// 0: m is the longest motion of the pair, at least 1, as the reference toolkit has it: every pair has a scale of its
  /// own. Else m in pixels, and what is longer is cut to it: 20 is what I3D was trained with (Carreira and Zisserman,
  /// "Quo Vadis, Action Recognition?", 2017).
  double clamp_pixels = 0;
};

/// The pictures of a field, in float32 arithmetic. Pixels whose flow is not known (kUnknownFlow) do not move. Throws
/// UserError where scale.clamp_pixels is negative or no number.
FlowPictures to_pictures(const Field& field, const Scale& scale);

/// A grey picture as the bytes of a file. `extension`: ".png", without loss, or ".jpg", quality 95.
std::string encode(const GreyPicture& picture, const std::string& extension);

}  // namespace gerund::flow
