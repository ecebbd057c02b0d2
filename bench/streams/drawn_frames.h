// bench/streams/drawn_frames.h - raw frames in memory, for sources that cost nothing.
#pragma once

#include <string>
#include <vector>

#include "streams/fed_chain.h"
#include "tensor/yuv.h"

namespace gerund::bench {

/// Twelve I420 pictures with slopes, a moving square and noise, over and over.
///
/// Owns: them; at() shares their pixels.
class DrawnFrames {
 public:
  /// Sizes in pixels, multiples of 8.
  DrawnFrames(int width, int height, int fps);

  std::string caps() const;
  /// Frame `number` of a stream, with its time.
  BufferHandle at(int64_t number) const;
  /// Its pixels.
  tensor::YuvView view(int64_t number) const;
  /// All pictures, as a file of raw video has them.
  std::string bytes() const;

 private:
  int width_;
  int height_;
  int fps_;
  std::vector<std::vector<uint8_t>> pictures_;
};

}  // namespace gerund::bench
