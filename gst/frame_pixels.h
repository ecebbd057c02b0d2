// gst/frame_pixels.h - the pixels of video buffers as RGB, the same that training reads from the file.
#pragma once

#include <gst/video/video.h>

#include "clip/resize.h"
#include "tensor/frame.h"

namespace gerund::gst {

/// Formats that rgb_pixels takes, as in caps.
#define GERUND_PIXEL_FORMATS "{ I420, NV12, Y42B, Y444, RGB, BGR, RGBx, BGRx, RGBA, BGRA, GRAY8 }"

/// What caps say of frames. Colours that they do not name are those of a file that does not name them, as training
/// reads it: BT.601, 16 to 235. FALSE where they are no raw video.
gboolean read_video_info(const GstCaps* caps, GstVideoInfo* info);

/// The rectangle `box` of a mapped frame, which must lie inside of it. YUV is converted with the matrix and range of
/// the caps by tensor::to_rgb; alpha is dropped.
tensor::Frame rgb_pixels(const GstVideoFrame& frame, const clip::Rectangle& box);

}  // namespace gerund::gst
