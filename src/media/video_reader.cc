#include "media/video_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"

namespace gerund::media {
namespace {

constexpr double kDefaultFps = 25;
constexpr double kMaxFps = 1000;
/// Frames that a jump must save: it costs a flush, and the decoder's delay again.
constexpr int64_t kWorthAJump = 4;

double stream_fps(const AVStream& stream) {
  for (const AVRational rate : {stream.avg_frame_rate, stream.r_frame_rate}) {
    if (rate.num <= 0 || rate.den <= 0) continue;
    const double fps = av_q2d(rate);
    if (fps <= kMaxFps) return fps;
  }
  return kDefaultFps;
}

base::UserError no_frame(const Demuxer& demuxer) {
  return base::UserError(
      fmt::format("{}: not one frame of its {} video decodes; the file is damaged, encode it again or leave it out",
                  demuxer.path().string(), codec_name(*demuxer.stream().codecpar)));
}

}  // namespace

VideoReader::VideoReader(const std::filesystem::path& path) : demuxer_(path), fps_(stream_fps(demuxer_.stream())) {
  if (std::optional<VideoIndex> counted = index_packets(demuxer_)) {
    index_ = std::move(*counted);
    restart();
    if (ahead_.number == 0) return;  // The headers kept their word so far.
  }
  demuxer_.rewind();
  index_ = index_by_decoding(demuxer_);
  restart();
  if (ahead_.number < 0) throw no_frame(demuxer_);
}

VideoReader::VideoReader(const std::filesystem::path& path, VideoIndex index)
    : demuxer_(path), index_(std::move(index)), fps_(stream_fps(demuxer_.stream())) {
  restart();
}

tensor::Frame VideoReader::read(int64_t number) {
  approach(number);
  walk_to(number);
  if (current_.number < 0 && first_number_ > 0) {
    restart();
    walk_to(number);
  }
  if (current_.number >= 0) return convert(current_, number);
  if (ahead_.number >= 0) return convert(ahead_, number);
  throw no_frame(demuxer_);
}

void VideoReader::restart() {
  demuxer_.rewind();
  // A fresh decoder, since a used one may have learnt things that change what it makes of the first pictures.
  decoder_ =
      std::make_unique<Decoder>(*demuxer_.stream().codecpar, demuxer_.stream().time_base, demuxer_.path().string());
  num_counted_ = 0;
  forget_pictures(0);
  // Before any jump: some encoders put what the decoder must know only into the first picture.
  if (look_ahead()) {
    orientation_ = orientation_of(stream());
    width_ = ahead_.frame->width;
    height_ = ahead_.frame->height;
    if (orientation_.is_transposed) std::swap(width_, height_);
  }
}

void VideoReader::forget_pictures(int64_t first_number) {
  current_.number = -1;
  ahead_.number = -1;
  ended_ = false;
  first_number_ = first_number;
}

void VideoReader::approach(int64_t number) {
  const int64_t position = std::max(current_.number, ahead_.number);
  const VideoIndex::Entry* entry = may_jump_ ? index_.entry_before(number) : nullptr;
  const bool is_behind = number < std::max(current_.number, first_number_);
  if (entry != nullptr && entry->frame > 0 && (is_behind || entry->frame > position + kWorthAJump))
    jump(*entry);
  else if (is_behind)
    restart();
}

void VideoReader::jump(const VideoIndex::Entry& entry) {
  if (!demuxer_.seek(entry.packet)) {
    may_jump_ = false;
    restart();
    return;
  }
  decoder_->flush();
  forget_pictures(entry.frame);
}

/// Ends with current_ at `number`, or at the nearest earlier picture where that one is missing.
void VideoReader::walk_to(int64_t number) {
  while (current_.number < number) {
    if (ahead_.number < 0 && !look_ahead()) return;
    if (ahead_.number > number) return;
    std::swap(current_, ahead_);
    ahead_.number = -1;
  }
}

bool VideoReader::look_ahead() {
  while (decode()) {
    ahead_.number = number_of(*ahead_.frame);
    if (ahead_.number > current_.number && ahead_.number >= first_number_) return true;
  }
  ahead_.number = -1;
  return false;
}

bool VideoReader::decode() {
  while (!decoder_->receive(ahead_.frame.get())) {
    if (ended_) return false;
    ended_ = !demuxer_.read(packet_.get());
    decoder_->send(ended_ ? nullptr : packet_.get());
  }
  return true;
}

int64_t VideoReader::number_of(const AVFrame& frame) {
  if (!index_.times.empty()) return index_.frame_at(frame.pts).value_or(-1);
  return num_counted_ < index_.num_frames ? num_counted_++ : -1;
}

tensor::Frame VideoReader::convert(const Picture& picture, int64_t number) {
  tensor::Frame frame = orient(converter_.convert(*picture.frame, demuxer_.path().string()), orientation_);
  const auto i = static_cast<size_t>(number);
  frame.pts_seconds = index_.times.empty()
                          ? static_cast<double>(number) / fps_
                          : static_cast<double>(index_.times[i] - index_.times[0]) * av_q2d(stream().time_base);
  return frame;
}

}  // namespace gerund::media
