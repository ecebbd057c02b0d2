// deploy/frame_feed.h - frames of ours into a GStreamer pipeline.
#pragma once

#include <gst/app/gstappsrc.h>

#include "deploy/frame_output.h"
#include "tensor/frame.h"

namespace gerund::deploy {

/// What an appsrc of raw frames in `format` is told: caps, time format, live, at most a few frames waiting, newest
/// wins.
void set_up_feed(GstAppSrc* source, const PictureFormat& format);

/// Hands a copy of `frame` to the appsrc, stamped with the pipeline's time. False where the appsrc takes none any more.
bool feed(GstAppSrc* source, const tensor::Frame& frame);

}  // namespace gerund::deploy
