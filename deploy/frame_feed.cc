#include "deploy/frame_feed.h"

#include <gst/video/video.h>

#include <cmath>
#include <cstring>

#include "deploy/gst_handles.h"

namespace gerund::deploy {
namespace {

constexpr int kFpsUnit = 1000;
constexpr guint64 kMostWaiting = 3;

}  // namespace

void set_up_feed(GstAppSrc* source, const PictureFormat& format) {
  const CapsHandle caps(gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "RGB", "width", G_TYPE_INT,
                                            format.width, "height", G_TYPE_INT, format.height, "framerate",
                                            GST_TYPE_FRACTION, static_cast<int>(std::lround(format.fps * kFpsUnit)),
                                            kFpsUnit, nullptr));
  gst_app_src_set_caps(source, caps.get());
  g_object_set(source, "format", GST_FORMAT_TIME, "is-live", TRUE, "do-timestamp", TRUE, "max-buffers", kMostWaiting,
               "max-bytes", guint64{0}, "leaky-type", 2, nullptr);
}

bool feed(GstAppSrc* source, const tensor::Frame& frame) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, GST_VIDEO_FORMAT_RGB, static_cast<guint>(frame.width),
                            static_cast<guint>(frame.height));
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info), nullptr);
  GstMapInfo map;
  gst_buffer_map(buffer, &map, GST_MAP_WRITE);
  for (int y = 0; y < frame.height; ++y)
    std::memcpy(map.data + static_cast<ptrdiff_t>(y) * GST_VIDEO_INFO_PLANE_STRIDE(&info, 0), frame.row(y),
                static_cast<size_t>(frame.width) * 3);
  gst_buffer_unmap(buffer, &map);
  return gst_app_src_push_buffer(source, buffer) == GST_FLOW_OK;
}

}  // namespace gerund::deploy
