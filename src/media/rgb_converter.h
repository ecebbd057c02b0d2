// media/rgb_converter.h - decoded pictures of any pixel format to RGB frames.
#pragma once

#include "media/ffmpeg_handles.h"
#include "tensor/frame.h"

namespace gerund::media {

/// Converts with the matrix and range that the picture names; BT.601 and the pixel format's own range where it names
/// none, as FFmpeg does. Chroma is interpolated and sums are rounded in the same way on every CPU. Alpha is dropped;
/// the size is the picture's own.
///
/// YUV420P, YUV422P, YUV444P, their full-range twins and NV12 go through tensor/yuv.h, as live pictures do; swscale
/// would make the same pixels of them. All other formats go through swscale.
///
/// Threads: none.
/// Owns:    swscale's tables for the last size and format.
class RgbConverter {
 public:
  /// Throws UserError naming `name` where the pixel format cannot be converted.
  tensor::Frame convert(const AVFrame& picture, const std::string& name);

 private:
  void prepare(const AVFrame& picture, const std::string& name);

  ScalerHandle scaler_;
  FrameHandle padded_;  // RGB rows as swscale likes them: aligned, with room behind the last pixel.
  FrameHandle seen_;    // The properties that scaler_ was made for; no pixels.
};

}  // namespace gerund::media
