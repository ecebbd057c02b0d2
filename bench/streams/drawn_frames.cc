#include "streams/drawn_frames.h"

#include <fmt/format.h>

#include "base/random.h"

namespace gerund::bench {
namespace {

constexpr int kNumPictures = 12;

std::vector<uint8_t> draw(int width, int height, int number) {
  base::Random random(static_cast<uint64_t>(number) + 1);
  std::vector<uint8_t> picture(static_cast<size_t>(width) * static_cast<size_t>(height) * 3 / 2);
  const int side = height / 4;
  const int left = number * (width - side) / (kNumPictures - 1);
  uint8_t* luma = picture.data();
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const bool in_square = x >= left && x < left + side && y >= side && y < 2 * side;
      *luma++ = static_cast<uint8_t>(in_square ? 210 : 30 + (x + y) * 150 / (width + height) + random.below(12));
    }
  for (uint8_t* chroma = luma; chroma != picture.data() + picture.size(); ++chroma)
    *chroma = static_cast<uint8_t>(100 + random.below(56));
  return picture;
}

}  // namespace

DrawnFrames::DrawnFrames(int width, int height, int fps) : width_(width), height_(height), fps_(fps) {
  for (int i = 0; i < kNumPictures; ++i) pictures_.push_back(draw(width, height, i));
}

std::string DrawnFrames::caps() const {
  return fmt::format("video/x-raw,format=I420,width={},height={},framerate={}/1", width_, height_, fps_);
}

BufferHandle DrawnFrames::at(int64_t number) const {
  const std::vector<uint8_t>& picture = pictures_[static_cast<size_t>(number % kNumPictures)];
  BufferHandle buffer(gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, const_cast<uint8_t*>(picture.data()),
                                                  picture.size(), 0, picture.size(), nullptr, nullptr));
  GST_BUFFER_PTS(buffer.get()) = gst_util_uint64_scale(static_cast<guint64>(number), GST_SECOND, fps_);
  GST_BUFFER_DURATION(buffer.get()) = GST_SECOND / static_cast<guint64>(fps_);
  return buffer;
}

tensor::YuvView DrawnFrames::view(int64_t number) const {
  const std::vector<uint8_t>& picture = pictures_[static_cast<size_t>(number % kNumPictures)];
  const size_t area = static_cast<size_t>(width_) * static_cast<size_t>(height_);
  tensor::YuvView view;
  view.width = width_;
  view.height = height_;
  view.planes = {picture.data(), picture.data() + area, picture.data() + area + area / 4};
  view.strides = {width_, width_ / 2, width_ / 2};
  return view;
}

std::string DrawnFrames::bytes() const {
  std::string all;
  for (const std::vector<uint8_t>& picture : pictures_)
    all.append(reinterpret_cast<const char*>(picture.data()), picture.size());
  return all;
}

}  // namespace gerund::bench
