// tests/media/raw_picture.h - picture files of every pixel format, made with FFmpeg alone.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "media/ffmpeg_handles.h"
#include "media/raw_video.h"

namespace gerund::media {

inline FrameHandle blank_picture(int width, int height, AVPixelFormat format) {
  FrameHandle picture(av_frame_alloc());
  picture->width = width;
  picture->height = height;
  picture->format = format;
  require(av_frame_get_buffer(picture.get(), 0) >= 0, "a picture");
  return picture;
}

/// `encoder` is "png" or "mjpeg".
inline void encode_picture(const std::filesystem::path& path, const std::string& encoder, const AVFrame& picture) {
  silence_ffmpeg();
  const AVCodec* codec = avcodec_find_encoder_by_name(encoder.c_str());
  const CodecHandle context(avcodec_alloc_context3(codec));
  context->width = picture.width;
  context->height = picture.height;
  context->pix_fmt = static_cast<AVPixelFormat>(picture.format);
  context->time_base = {1, 25};
  context->flags |= AV_CODEC_FLAG_QSCALE;
  context->global_quality = FF_QP2LAMBDA;
  require(avcodec_open2(context.get(), codec, nullptr) >= 0, "opening the encoder");
  const PacketHandle packet(av_packet_alloc());
  require(avcodec_send_frame(context.get(), &picture) >= 0, "encoding");
  require(avcodec_receive_packet(context.get(), packet.get()) >= 0, "encoding");
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(packet->data), packet->size);
}

/// A PNG of one gray value.
inline void write_gray(const std::filesystem::path& path, int value, int width = 8, int height = 6) {
  const FrameHandle picture = blank_picture(width, height, AV_PIX_FMT_GRAY8);
  for (int y = 0; y < height; ++y) std::fill_n(picture->data[0] + y * picture->linesize[0], width, value);
  encode_picture(path, "png", *picture);
}

}  // namespace gerund::media
