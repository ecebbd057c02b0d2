#include "gst/frame_pixels.h"

#include <cstring>

#include "tensor/yuv.h"

namespace gerund::gst {
namespace {

tensor::ColorMatrix matrix_of(const GstVideoInfo& info) {
  switch (info.colorimetry.matrix) {
    case GST_VIDEO_COLOR_MATRIX_BT709:
      return tensor::ColorMatrix::bt709;
    case GST_VIDEO_COLOR_MATRIX_FCC:
      return tensor::ColorMatrix::fcc;
    case GST_VIDEO_COLOR_MATRIX_SMPTE240M:
      return tensor::ColorMatrix::smpte240m;
    case GST_VIDEO_COLOR_MATRIX_BT2020:
      return tensor::ColorMatrix::bt2020;
    default:
      return tensor::ColorMatrix::bt601;
  }
}

tensor::Frame from_yuv(const GstVideoFrame& frame, tensor::ChromaLayout layout, const clip::Rectangle& box) {
  tensor::YuvView view;
  view.width = GST_VIDEO_FRAME_WIDTH(&frame);
  view.height = GST_VIDEO_FRAME_HEIGHT(&frame);
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES(&frame); ++plane) {
    view.planes.at(plane) = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane));
    view.strides.at(plane) = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane);
  }
  view.layout = layout;
  view.matrix = matrix_of(frame.info);
  view.full_range = frame.info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  return tensor::to_rgb(view, box.x, box.y, box.width, box.height);
}

/// Packed RGB in any order, and gray: one component after the other.
tensor::Frame from_components(const GstVideoFrame& frame, const clip::Rectangle& box) {
  tensor::Frame rgb(box.width, box.height);
  const bool is_gray = GST_VIDEO_FRAME_N_COMPONENTS(&frame) < 3;
  for (guint c = 0; c < 3; ++c) {
    const guint component = is_gray ? 0 : c;
    const auto* first = static_cast<const uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(&frame, component));
    const int stride = GST_VIDEO_FRAME_COMP_STRIDE(&frame, component);
    const int step = GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, component);
    for (int y = 0; y < box.height; ++y) {
      const uint8_t* row = first + static_cast<ptrdiff_t>(box.y + y) * stride + static_cast<ptrdiff_t>(box.x) * step;
      uint8_t* target = rgb.row(y) + c;
      for (int x = 0; x < box.width; ++x) target[ptrdiff_t{3} * x] = row[static_cast<ptrdiff_t>(x) * step];
    }
  }
  return rgb;
}

tensor::Frame from_rgb(const GstVideoFrame& frame, const clip::Rectangle& box) {
  tensor::Frame rgb(box.width, box.height);
  const auto* first = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  for (int y = 0; y < box.height; ++y)
    std::memcpy(rgb.row(y),
                first + static_cast<ptrdiff_t>(box.y + y) * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0) +
                    static_cast<ptrdiff_t>(box.x) * 3,
                static_cast<size_t>(box.width) * 3);
  return rgb;
}

}  // namespace

gboolean read_video_info(const GstCaps* caps, GstVideoInfo* info) {
  if (gst_video_info_from_caps(info, caps) == FALSE) return FALSE;
  if (!GST_VIDEO_INFO_IS_YUV(info)) return TRUE;
  // Not as gst_video_info_from_caps fills the gaps: it goes by the size of the picture, and forgets the range where the
  // matrix is missing.
  GstVideoColorimetry named{};
  const gchar* text = gst_structure_get_string(gst_caps_get_structure(caps, 0), "colorimetry");
  if (text != nullptr) gst_video_colorimetry_from_string(&named, text);
  info->colorimetry.matrix = named.matrix;
  info->colorimetry.range = named.range;
  return TRUE;
}

tensor::Frame rgb_pixels(const GstVideoFrame& frame, const clip::Rectangle& box) {
  switch (GST_VIDEO_FRAME_FORMAT(&frame)) {
    case GST_VIDEO_FORMAT_I420:
      return from_yuv(frame, tensor::ChromaLayout::i420, box);
    case GST_VIDEO_FORMAT_NV12:
      return from_yuv(frame, tensor::ChromaLayout::nv12, box);
    case GST_VIDEO_FORMAT_Y42B:
      return from_yuv(frame, tensor::ChromaLayout::i422, box);
    case GST_VIDEO_FORMAT_Y444:
      return from_yuv(frame, tensor::ChromaLayout::i444, box);
    case GST_VIDEO_FORMAT_RGB:
      return from_rgb(frame, box);
    default:
      return from_components(frame, box);
  }
}

}  // namespace gerund::gst
