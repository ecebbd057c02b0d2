// tests/media/raw_video.h - videos of every shape, made and played with FFmpeg alone: what the room is measured by.
#pragma once

extern "C" {
#include <libavutil/opt.h>
}

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "media/ffmpeg_handles.h"
#include "media/rgb_converter.h"
#include "tensor/frame.h"

namespace gerund::media {

/// How encode_video() makes a file.
struct RawVideo {
  std::string encoder = "mpeg4";
  int width = 64;
  int height = 48;
  int num_frames = 30;
  int gop_frames = 12;
  int num_b_frames = 0;
  int flags = 0;  ///< AV_CODEC_FLAG_...
  AVPixelFormat format = AV_PIX_FMT_YUV420P;
  std::map<std::string, std::string> options;  ///< The encoder's own.
};

inline void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("the test's own FFmpeg code failed: ") + what);
}

/// A bright bar that moves over a slanted pattern: no two frames are alike.
inline void paint(AVFrame& picture, int number) {
  const int num_planes = picture.format == AV_PIX_FMT_GRAY8 ? 1 : 3;
  const bool is_subsampled = picture.format == AV_PIX_FMT_YUV420P || picture.format == AV_PIX_FMT_YUVJ420P;
  for (int plane = 0; plane < num_planes; ++plane) {
    const int shift = plane > 0 && is_subsampled ? 1 : 0;
    for (int y = 0; y < (picture.height + shift) >> shift; ++y) {
      uint8_t* row = picture.data[plane] + y * picture.linesize[plane];
      for (int x = 0; x < (picture.width + shift) >> shift; ++x) {
        const int distance = (x << shift) - (number * 3) % picture.width;
        const bool is_bar = distance >= 0 && distance < 8;
        row[x] = static_cast<uint8_t>(plane == 0 ? (is_bar ? 220 : 40 + (x * 3 + y * 5 + number) % 120)
                                                 : 90 + (x + y * plane + number * 2) % 70);
      }
    }
  }
}

inline void drain(AVCodecContext* codec, AVFormatContext* output, AVPacket* packet) {
  while (avcodec_receive_packet(codec, packet) >= 0) {
    if (packet->duration == 0) packet->duration = 1;
    av_packet_rescale_ts(packet, codec->time_base, output->streams[0]->time_base);
    require(av_interleaved_write_frame(output, packet) >= 0, "writing a packet");
  }
}

inline void encode_video(const std::filesystem::path& path, const RawVideo& video) {
  silence_ffmpeg();
  AVFormatContext* raw = nullptr;
  require(avformat_alloc_output_context2(&raw, nullptr, nullptr, path.c_str()) >= 0, "container");
  OutputHandle output(raw);
  const AVCodec* encoder = avcodec_find_encoder_by_name(video.encoder.c_str());
  require(encoder != nullptr, video.encoder.c_str());
  CodecHandle codec(avcodec_alloc_context3(encoder));
  codec->width = video.width;
  codec->height = video.height;
  codec->pix_fmt = video.format;
  codec->time_base = {1, 25};
  codec->framerate = {25, 1};
  codec->gop_size = video.gop_frames;
  codec->max_b_frames = video.num_b_frames;
  codec->thread_count = 1;
  codec->flags |= video.flags;
  if ((output->oformat->flags & AVFMT_GLOBALHEADER) != 0) codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  for (const auto& [name, value] : video.options)
    require(av_opt_set(codec->priv_data, name.c_str(), value.c_str(), 0) >= 0, name.c_str());
  require(avcodec_open2(codec.get(), encoder, nullptr) >= 0, "opening the encoder");
  AVStream* stream = avformat_new_stream(raw, nullptr);
  avcodec_parameters_from_context(stream->codecpar, codec.get());
  stream->time_base = codec->time_base;
  stream->avg_frame_rate = codec->framerate;
  require(avio_open(&output->pb, path.c_str(), AVIO_FLAG_WRITE) >= 0, "opening the file");
  require(avformat_write_header(raw, nullptr) >= 0, "the file's head");
  const FrameHandle picture(av_frame_alloc());
  picture->format = video.format;
  picture->width = video.width;
  picture->height = video.height;
  require(av_frame_get_buffer(picture.get(), 0) >= 0, "a picture");
  const PacketHandle packet(av_packet_alloc());
  for (int i = 0; i < video.num_frames; ++i) {
    require(av_frame_make_writable(picture.get()) >= 0, "a picture");
    paint(*picture, i);
    picture->pts = i;
    require(avcodec_send_frame(codec.get(), picture.get()) >= 0, "encoding");
    drain(codec.get(), raw, packet.get());
  }
  avcodec_send_frame(codec.get(), nullptr);
  drain(codec.get(), raw, packet.get());
  require(av_write_trailer(raw) >= 0, "the file's end");
}

/// Every picture that comes out when a file is decoded from its start: what frame numbers mean. Empty where FFmpeg
/// takes nothing from it.
inline std::vector<tensor::Frame> play(const std::filesystem::path& path) {
  silence_ffmpeg();
  std::vector<tensor::Frame> frames;
  AVFormatContext* raw = nullptr;
  if (avformat_open_input(&raw, path.c_str(), nullptr, nullptr) < 0) return frames;
  const InputHandle input(raw);
  avformat_find_stream_info(raw, nullptr);
  const int best = av_find_best_stream(raw, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (best < 0) return frames;
  const AVStream* stream = raw->streams[best];
  const CodecHandle decoder(avcodec_alloc_context3(avcodec_find_decoder(stream->codecpar->codec_id)));
  avcodec_parameters_to_context(decoder.get(), stream->codecpar);
  decoder->thread_count = 1;
  if (avcodec_open2(decoder.get(), nullptr, nullptr) < 0) return frames;
  const PacketHandle packet(av_packet_alloc());
  const FrameHandle picture(av_frame_alloc());
  RgbConverter converter;
  for (bool more = true; more;) {
    more = av_read_frame(raw, packet.get()) >= 0;
    if (more && (packet->stream_index != best || packet->size == 0)) {
      av_packet_unref(packet.get());
      continue;
    }
    avcodec_send_packet(decoder.get(), more ? packet.get() : nullptr);
    while (avcodec_receive_frame(decoder.get(), picture.get()) >= 0)
      frames.push_back(converter.convert(*picture, path.string()));
    av_packet_unref(packet.get());
  }
  return frames;
}

}  // namespace gerund::media
