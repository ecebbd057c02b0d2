// media/ffmpeg_handles.h - one owner type per FFmpeg handle, and the text of FFmpeg's error codes.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

namespace gerund::media {

struct CloseInput {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
/// A file opened for reading.
using InputHandle = std::unique_ptr<AVFormatContext, CloseInput>;

struct CloseOutput {
  void operator()(AVFormatContext* context) const {
    avio_closep(&context->pb);
    avformat_free_context(context);
  }
};
/// A file opened for writing; closes its AVIOContext too.
using OutputHandle = std::unique_ptr<AVFormatContext, CloseOutput>;

struct FreeCodec {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
using CodecHandle = std::unique_ptr<AVCodecContext, FreeCodec>;

struct FreeFrame {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using FrameHandle = std::unique_ptr<AVFrame, FreeFrame>;

struct FreePacket {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
using PacketHandle = std::unique_ptr<AVPacket, FreePacket>;

struct FreeScaler {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
using ScalerHandle = std::unique_ptr<SwsContext, FreeScaler>;

/// FFmpeg's words for an error code.
inline std::string ffmpeg_error(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof(text));
  return text;
}

/// FFmpeg prints to stderr by itself; a library may not. Call before the first use of FFmpeg; cheap to repeat.
inline void silence_ffmpeg() {
  av_log_set_level(AV_LOG_QUIET);
}

}  // namespace gerund::media
