#include "media/decoder.h"

#include <fmt/format.h>

#include "base/error.h"

namespace gerund::media {
namespace {

/// Damaged headers can ask for gigabytes; this is twice what 8K video has.
constexpr int64_t kMaxPixels = int64_t{8192} * 8192;
/// At the end of a stream each damaged picture gives one error, and no decoder holds back this many.
constexpr int kMaxErrors = 64;

}  // namespace

Decoder::Decoder(const AVCodecParameters& parameters, AVRational time_base, const std::string& name) {
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  if (decoder == nullptr)
    throw base::UserError(
        fmt::format("{}: this machine's FFmpeg cannot decode \"{}\"; encode the file again, e.g. as H.264", name,
                    codec_name(parameters)));
  codec_.reset(avcodec_alloc_context3(decoder));
  int code = codec_ ? avcodec_parameters_to_context(codec_.get(), &parameters) : AVERROR(ENOMEM);
  if (code >= 0) {
    codec_->thread_count = 1;
    codec_->pkt_timebase = time_base;
    codec_->max_pixels = kMaxPixels;
    code = avcodec_open2(codec_.get(), decoder, nullptr);
  }
  if (code < 0)
    throw base::UserError(fmt::format("{}: the {} decoder refuses the stream ({}); the file is damaged, leave it out",
                                      name, codec_name(parameters), ffmpeg_error(code)));
}

void Decoder::send(const AVPacket* packet) {
  avcodec_send_packet(codec_.get(), packet);
}

bool Decoder::receive(AVFrame* frame) {
  for (int errors = 0; errors < kMaxErrors; ++errors) {
    const int code = avcodec_receive_frame(codec_.get(), frame);
    if (code == 0) return true;
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return false;
  }
  return false;
}

void Decoder::flush() {
  avcodec_flush_buffers(codec_.get());
}

std::string codec_name(const AVCodecParameters& parameters) {
  return avcodec_get_name(parameters.codec_id);
}

}  // namespace gerund::media
