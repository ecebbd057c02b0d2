#include "media/demuxer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/interrupt.h"

namespace gerund::media {
namespace {

/// Other formats that FFmpeg knows (playlists, concatenation scripts) would open further files.
constexpr const char* kContainers = "avi,matroska,webm,mov,mp4";

InputHandle open_input(const std::filesystem::path& path) {
  AVDictionary* options = nullptr;
  av_dict_set(&options, "format_whitelist", kContainers, 0);
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  AVFormatContext* raw = nullptr;
  // The prefix keeps a file name with a colon from being taken for a network address.
  const int code = avformat_open_input(&raw, ("file:" + path.string()).c_str(), nullptr, &options);
  av_dict_free(&options);
  if (code == AVERROR(EACCES))
    throw base::UserError(fmt::format("{}: may not be read ({}); give this user the right to read it", path.string(),
                                      ffmpeg_error(code)));
  if (code < 0)
    throw base::UserError(
        fmt::format("{}: not a readable AVI, MP4, MOV, Matroska or WebM video ({}); the file may be cut short or "
                    "of another kind; encode it again or leave it out",
                    path.string(), ffmpeg_error(code)));
  return InputHandle(raw);
}

bool is_video(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
         (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;  // The cover picture of a song is no video.
}

}  // namespace

PacketId id_of(const AVPacket& packet) {
  return {packet.pts, packet.dts, packet.pos, packet.size};
}

Demuxer::Demuxer(const std::filesystem::path& path) : path_(path) {
  silence_ffmpeg();
  open();
}

void Demuxer::open() {
  found_.reset();
  stream_ = nullptr;
  input_ = open_input(path_);
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    AVStream* stream = input_->streams[i];
    if (stream_ == nullptr && is_video(*stream))
      stream_ = stream;
    else
      stream->discard = AVDISCARD_ALL;
  }
  if (stream_ == nullptr)
    throw base::UserError(
        fmt::format("{}: has no video stream, only sound or other data; leave it out", path_.string()));
  // Failure leaves fields unknown, which opening the decoder reports.
  avformat_find_stream_info(input_.get(), nullptr);
}

int64_t Demuxer::stated_frames() const {
  if (std::string_view(input_->iformat->name).find("mp4") == std::string_view::npos) return stream_->nb_frames;
  int64_t shown = 0;  // Of the index, which is made of the header and of the edit list.
  const int num_entries = avformat_index_get_entries_count(stream_);
  for (int i = 0; i < num_entries; ++i)
    shown += (avformat_index_get_entry(stream_, i)->flags & AVINDEX_DISCARD_FRAME) == 0;
  return std::min(stream_->nb_frames, shown);
}

bool Demuxer::read(AVPacket* packet) {
  av_packet_unref(packet);
  if (found_) {
    av_packet_move_ref(packet, found_.get());
    found_.reset();
    return true;
  }
  while (av_read_frame(input_.get(), packet) >= 0) {
    if (base::interrupted()) throw base::Interrupted("interrupted while reading " + path_.string());
    // A packet without bytes would tell the decoder that the stream ends.
    if (packet->stream_index == stream_->index && packet->size > 0) {
      if (!first_) first_ = id_of(*packet);
      return true;
    }
    av_packet_unref(packet);
  }
  return false;
}

void Demuxer::rewind() {
  if (!first_ || !seek(*first_)) open();
}

bool Demuxer::seek(const PacketId& keyframe) {
  found_.reset();
  // Some containers index by presentation time, some by decoding time: the smaller one is never too late.
  const int64_t time = keyframe.pts == AV_NOPTS_VALUE   ? keyframe.dts
                       : keyframe.dts == AV_NOPTS_VALUE ? keyframe.pts
                                                        : std::min(keyframe.pts, keyframe.dts);
  if (time == AV_NOPTS_VALUE) return false;
  if (av_seek_frame(input_.get(), stream_->index, time, AVSEEK_FLAG_BACKWARD) < 0) return false;
  PacketHandle packet(av_packet_alloc());
  while (read(packet.get())) {
    const PacketId here = id_of(*packet);
    if (here.pts != keyframe.pts || here.byte != keyframe.byte || here.size != keyframe.size) continue;
    found_ = std::move(packet);
    return true;
  }
  return false;
}

}  // namespace gerund::media
