// tests/gst/frames.h - buffers with small RGB pictures of plain colours.
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

#include <array>
#include <string>

#include "clip/resize.h"
#include "gst/handles.h"

namespace gerund::gst {

using Rgb = std::array<uint8_t, 3>;

inline Rgb gray(uint8_t level) {
  return {level, level, level};
}

inline std::string rgb_caps(int width, int height, const std::string& rate = "10/1") {
  return "video/x-raw,format=RGB,width=" + std::to_string(width) + ",height=" + std::to_string(height) +
         ",framerate=" + rate;
}

/// Writes into a buffer as long as it lives.
class MappedBuffer {
 public:
  MappedBuffer(GstBuffer* buffer, GstMapFlags flags) : buffer_(buffer) { gst_buffer_map(buffer, &map_, flags); }
  ~MappedBuffer() { gst_buffer_unmap(buffer_, &map_); }
  MappedBuffer(const MappedBuffer&) = delete;
  MappedBuffer& operator=(const MappedBuffer&) = delete;

  uint8_t* data() { return map_.data; }
  size_t size() const { return map_.size; }

 private:
  GstBuffer* buffer_;
  GstMapInfo map_{};
};

inline std::string bytes_of(GstBuffer* buffer) {
  MappedBuffer map(buffer, GST_MAP_READ);
  return {reinterpret_cast<const char*>(map.data()), map.size()};
}

/// Paints a rectangle of a picture that is `width` wide.
inline void paint(GstBuffer* buffer, int width, const clip::Rectangle& box, const Rgb& color) {
  const int stride = GST_ROUND_UP_4(3 * width);
  MappedBuffer map(buffer, GST_MAP_WRITE);
  for (int y = box.y; y < box.y + box.height; ++y)
    for (int x = box.x; x < box.x + box.width; ++x)
      for (int c = 0; c < 3; ++c) map.data()[y * stride + 3 * x + c] = color.at(static_cast<size_t>(c));
}

/// One colour all over; frame `number` of ten per second.
inline BufferHandle plain_frame(int width, int height, const Rgb& color, int64_t number) {
  const auto size = static_cast<gsize>(GST_ROUND_UP_4(3 * width)) * static_cast<gsize>(height);
  BufferHandle buffer(gst_buffer_new_allocate(nullptr, size, nullptr));
  gst_buffer_memset(buffer.get(), 0, 0, size);
  paint(buffer.get(), width, {0, 0, width, height}, color);
  GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(number) * (GST_SECOND / 10);
  GST_BUFFER_DURATION(buffer.get()) = GST_SECOND / 10;
  return buffer;
}

}  // namespace gerund::gst
