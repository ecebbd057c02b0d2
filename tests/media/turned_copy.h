// tests/media/turned_copy.h - a video file that asks to be turned, as phones write them.
#pragma once

extern "C" {
#include <libavutil/display.h>
}

#include <filesystem>

#include "media/raw_video.h"

namespace gerund::media {

/// How the container asks players to show its pictures: mirrored first, then turned clockwise.
struct Turn {
  double degrees = 0;
  bool is_mirrored = false;
};

inline uint8_t* new_display_matrix(AVStream& stream) {
  constexpr size_t kBytes = 9 * sizeof(int32_t);
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)
  AVCodecParameters& parameters = *stream.codecpar;
  return av_packet_side_data_new(&parameters.coded_side_data, &parameters.nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX,
                                 kBytes, 0)
      ->data;
#else
  return av_stream_new_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, kBytes);
#endif
}

/// The packets of the one stream of `from` in an MP4 or MOV file `to`.
inline void copy_turned(const std::filesystem::path& from, const std::filesystem::path& to, const Turn& turn) {
  silence_ffmpeg();
  AVFormatContext* raw_input = nullptr;
  require(avformat_open_input(&raw_input, from.c_str(), nullptr, nullptr) >= 0, "opening");
  const InputHandle input(raw_input);
  require(avformat_find_stream_info(raw_input, nullptr) >= 0, "stream information");
  AVFormatContext* raw = nullptr;
  require(avformat_alloc_output_context2(&raw, nullptr, nullptr, to.c_str()) >= 0, "container");
  const OutputHandle output(raw);
  AVStream* stream = avformat_new_stream(raw, nullptr);
  avcodec_parameters_copy(stream->codecpar, raw_input->streams[0]->codecpar);
  stream->codecpar->codec_tag = 0;
  stream->time_base = raw_input->streams[0]->time_base;
  auto* matrix = reinterpret_cast<int32_t*>(new_display_matrix(*stream));
  av_display_rotation_set(matrix, turn.degrees);
  av_display_matrix_flip(matrix, turn.is_mirrored ? 1 : 0, 0);
  require(avio_open(&raw->pb, to.c_str(), AVIO_FLAG_WRITE) >= 0, "file");
  require(avformat_write_header(raw, nullptr) >= 0, "the file's head");
  const PacketHandle packet(av_packet_alloc());
  while (av_read_frame(raw_input, packet.get()) >= 0) {
    av_packet_rescale_ts(packet.get(), raw_input->streams[0]->time_base, stream->time_base);
    require(av_interleaved_write_frame(raw, packet.get()) >= 0, "writing a packet");
  }
  require(av_write_trailer(raw) >= 0, "the file's end");
}

}  // namespace gerund::media
