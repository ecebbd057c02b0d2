// media/orientation.h - how a player turns and mirrors the pictures of a video before it shows them.
#pragma once

#include "media/ffmpeg_handles.h"
#include "tensor/frame.h"

namespace gerund::media {

/// Phones record as their sensor lies and write into the file how the pictures are to be turned. A picture is first
/// transposed (rows become columns), then mirrored.
struct Orientation {
  bool is_transposed = false;
  bool is_mirrored = false;  ///< Left and right change places.
  bool is_flipped = false;   ///< Top and bottom change places.
};

/// Of the display matrix that the container keeps for the stream, to the nearest quarter turn; as it is without one.
Orientation orientation_of(const AVStream& stream);

/// The frame as it is to be seen; a transposed one is `frame.height` wide.
tensor::Frame orient(tensor::Frame frame, const Orientation& orientation);

}  // namespace gerund::media
