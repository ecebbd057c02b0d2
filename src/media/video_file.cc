#include "media/video_file.h"

#include "media/in_order.h"

namespace gerund::media {

VideoFile::VideoFile(const std::filesystem::path& path) : path_(path), reader_(path) {
  info_.width = reader_.width();
  info_.height = reader_.height();
  info_.num_frames = reader_.index().num_frames;
  info_.stated_frames = reader_.stated_frames();
  info_.fps = reader_.fps();
  info_.duration_seconds = static_cast<double>(info_.num_frames) / info_.fps;
  info_.codec = codec_name(*reader_.stream().codecpar);
}

std::vector<tensor::Frame> VideoFile::read(std::span<const int64_t> indices) {
  return read_in_order(indices, info_.num_frames, [this](int64_t number) { return reader_.read(number); });
}

std::optional<tensor::Frame> VideoFile::next() {
  if (next_number_ == info_.num_frames) return std::nullopt;
  if (!sequential_) sequential_ = std::make_unique<VideoReader>(path_, reader_.index());
  return sequential_->read(next_number_++);
}

}  // namespace gerund::media
