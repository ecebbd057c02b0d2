// gst/frame_pixels.h - the pixels of video buffers as RGB, the same that training reads from the file.
#pragma once

#include <gst/video/video.h>

#include "clip/resize.h"
#include "tensor/frame.h"

namespace gerund::gst {

/// Formats that rgb_pixels takes, as in caps.
#define GERUND_PIXEL_FORMATS "{ I420, NV12, RGB, BGR, RGBx, BGRx, RGBA, BGRA, GRAY8 }"

/// The rectangle `box` of a mapped frame, which must lie inside of it. YUV is converted with the matrix and range of
/// the caps by tensor::to_rgb; alpha is dropped.
tensor::Frame rgb_pixels(const GstVideoFrame& frame, const clip::Rectangle& box);

}  // namespace gerund::gst
