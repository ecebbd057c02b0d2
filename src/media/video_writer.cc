#include "media/video_writer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "media/ffmpeg_handles.h"

namespace gerund::media {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kExtensions{".avi", ".mp4", ".mkv", ".mov"};
constexpr int kMpeg4Quality = 4;
constexpr int kH264Quality = 23;

void check(int code, const fs::path& path, const char* doing) {
  if (code < 0) throw base::UserError(fmt::format("{}: {} failed: {}", path.string(), doing, ffmpeg_error(code)));
}

void check_request(const fs::path& path, const WriterOptions& options) {
  check_video_name(path);
  if (options.width < 2 || options.height < 2 || options.width % 2 != 0 || options.height % 2 != 0)
    throw base::UserError(fmt::format(
        "{}: cannot encode {}x{} pixels; width and height must be even and at least 2; resize or pad the frames",
        path.string(), options.width, options.height));
  if (!(options.fps >= 1 && options.fps <= 1000))
    throw base::UserError(
        fmt::format("{}: cannot encode {} frames per second; allowed: 1 to 1000", path.string(), options.fps));
}

const AVCodec* find_encoder(const fs::path& path, Codec codec) {
  const char* name = codec == Codec::h264 ? "libx264" : "mpeg4";
  const AVCodec* encoder = avcodec_find_encoder_by_name(name);
  if (encoder == nullptr)
    throw base::UserError(fmt::format(
        "{}: this machine's FFmpeg has no encoder \"{}\"; install a libavcodec that has it, or write the other codec",
        path.string(), name));
  return encoder;
}

/// libavcodec's MPEG-4 encoder takes frame rates up to 65535 / 1, in terms no larger than that.
AVRational exact_rate(double fps) {
  return av_d2q(fps, 65535);
}

void set_quality(AVCodecContext* context, const WriterOptions& options, AVDictionary** dictionary) {
  if (options.codec == Codec::mpeg4) {
    context->flags |= AV_CODEC_FLAG_QSCALE;
    context->global_quality = FF_QP2LAMBDA * (options.quality > 0 ? options.quality : kMpeg4Quality);
    return;
  }
  av_dict_set(dictionary, "preset", "veryfast", 0);
  // Macroblock-tree rate control of x264 (build 164) reads memory it never wrote: the bytes then differ between runs.
  av_dict_set(dictionary, "mbtree", "0", 0);
  av_dict_set_int(dictionary, "crf", options.quality > 0 ? options.quality : kH264Quality, 0);
}

CodecHandle open_encoder(const fs::path& path, const WriterOptions& options, bool global_header) {
  const AVCodec* encoder = find_encoder(path, options.codec);
  CodecHandle context(avcodec_alloc_context3(encoder));
  context->width = options.width;
  context->height = options.height;
  context->pix_fmt = AV_PIX_FMT_YUV420P;
  context->color_range = AVCOL_RANGE_MPEG;
  context->colorspace = AVCOL_SPC_SMPTE170M;
  context->framerate = exact_rate(options.fps);
  context->time_base = av_inv_q(context->framerate);
  context->sample_aspect_ratio = AVRational{1, 1};
  context->gop_size = options.gop_frames;
  context->thread_count = 1;  // More threads may give other bytes on another machine.
  context->flags |= AV_CODEC_FLAG_BITEXACT;
  if (path.extension() == ".avi") context->max_b_frames = 0;  // AVI has no presentation times.
  if (global_header) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary* dictionary = nullptr;
  set_quality(context.get(), options, &dictionary);
  const int code = avcodec_open2(context.get(), encoder, &dictionary);
  av_dict_free(&dictionary);
  check(code, path, "opening the encoder");
  return context;
}

FrameHandle make_picture(const AVCodecContext* context, AVPixelFormat format, const fs::path& path) {
  FrameHandle picture(av_frame_alloc());
  picture->format = format;
  picture->width = context->width;
  picture->height = context->height;
  picture->color_range = context->color_range;
  picture->colorspace = context->colorspace;
  check(av_frame_get_buffer(picture.get(), 0), path, "allocating a picture");
  return picture;
}

}  // namespace

void check_video_name(const fs::path& path) {
  const std::string extension = path.extension().string();
  if (std::find(kExtensions.begin(), kExtensions.end(), extension) == kExtensions.end())
    throw base::UserError(
        fmt::format("{}: cannot write a video with the ending \"{}\"; allowed: .avi, .mp4, .mkv, .mov; rename the "
                    "output",
                    path.string(), extension));
}

class VideoWriter::Encoder {
 public:
  Encoder(const fs::path& path, const WriterOptions& options) : path_(path), options_(options) {
    silence_ffmpeg();
    check_request(path, options);
    try {
      open_file();
      open_codec();
    } catch (...) {
      discard();
      throw;
    }
  }

  ~Encoder() { discard(); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  void push(const tensor::Frame& frame) {
    if (!output_) throw base::InternalError(path_.string() + ": a frame was pushed after finish()");
    if (frame.width != options_.width || frame.height != options_.height)
      throw base::InternalError(fmt::format("{}: a frame of {}x{} was pushed into a video of {}x{}", path_.string(),
                                            frame.width, frame.height, options_.width, options_.height));
    check(av_frame_make_writable(picture_.get()), path_, "allocating a picture");
    // swscale reads a few bytes past the last pixel, so it gets a copy with room behind it.
    av_image_copy_plane(source_->data[0], source_->linesize[0], frame.rgb.data(), frame.width * 3, frame.width * 3,
                        frame.height);
    sws_scale(scaler_.get(), source_->data, source_->linesize, 0, frame.height, picture_->data, picture_->linesize);
    picture_->pts = num_pushed_++;
    picture_->quality = codec_->global_quality;  // The MPEG-4 encoder takes its fixed quantizer from each picture.
    encode(picture_.get());
  }

  void finish() {
    if (!output_) throw base::InternalError(path_.string() + ": finish() was called twice");
    encode(nullptr);
    check(av_write_trailer(output_.get()), path_, "writing the end of the file");
    check(avio_closep(&output_->pb), path_, "closing the file");
    output_.reset();
    base::write_whole(path_, [this](const fs::path& whole) {
      std::error_code error;
      fs::rename(temporary_, whole, error);
      if (error) fs::copy_file(temporary_, whole, error);  // The path is a link to another disk.
      if (error) throw base::UserError(fmt::format("{}: cannot be written: {}", path_.string(), error.message()));
    });
  }

 private:
  void open_file() {
    if (path_.has_parent_path()) base::make_folder(path_.parent_path());
    temporary_ = path_.parent_path() /
                 fmt::format(".{}.{}.encoding{}", path_.stem().string(), ::getpid(), path_.extension().string());
    AVFormatContext* raw = nullptr;
    check(avformat_alloc_output_context2(&raw, nullptr, nullptr, temporary_.c_str()), path_, "choosing the container");
    output_.reset(raw);
    output_->flags |= AVFMT_FLAG_BITEXACT;
    check(avio_open(&output_->pb, temporary_.c_str(), AVIO_FLAG_WRITE), path_, "opening the file");
  }

  void open_codec() {
    codec_ = open_encoder(path_, options_, (output_->oformat->flags & AVFMT_GLOBALHEADER) != 0);
    stream_ = avformat_new_stream(output_.get(), nullptr);
    if (stream_ == nullptr) check(AVERROR(ENOMEM), path_, "adding the video stream");
    check(avcodec_parameters_from_context(stream_->codecpar, codec_.get()), path_, "describing the video stream");
    stream_->time_base = codec_->time_base;
    stream_->avg_frame_rate = codec_->framerate;
    check(avformat_write_header(output_.get(), nullptr), path_, "writing the head of the file");
    source_ = make_picture(codec_.get(), AV_PIX_FMT_RGB24, path_);
    picture_ = make_picture(codec_.get(), codec_->pix_fmt, path_);
    packet_.reset(av_packet_alloc());
    scaler_.reset(sws_getContext(options_.width, options_.height, AV_PIX_FMT_RGB24, options_.width, options_.height,
                                 codec_->pix_fmt, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr,
                                 nullptr));
    if (!scaler_) check(AVERROR(EINVAL), path_, "setting up the colour conversion");
  }

  void encode(const AVFrame* picture) {
    check(avcodec_send_frame(codec_.get(), picture), path_, "encoding a frame");
    while (true) {
      const int code = avcodec_receive_packet(codec_.get(), packet_.get());
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
      check(code, path_, "encoding a frame");
      packet_->stream_index = stream_->index;
      if (packet_->duration == 0) packet_->duration = 1;
      av_packet_rescale_ts(packet_.get(), codec_->time_base, stream_->time_base);
      check(av_interleaved_write_frame(output_.get(), packet_.get()), path_, "writing a frame");
    }
  }

  void discard() noexcept {
    output_.reset();
    std::error_code ignored;
    fs::remove(temporary_, ignored);
  }

  const fs::path path_;
  const WriterOptions options_;
  fs::path temporary_;
  OutputHandle output_;  // Null once finished.
  CodecHandle codec_;
  AVStream* stream_ = nullptr;  // Belongs to output_.
  FrameHandle source_;          // RGB.
  FrameHandle picture_;         // YUV.
  PacketHandle packet_;
  ScalerHandle scaler_;
  int64_t num_pushed_ = 0;
};

VideoWriter::VideoWriter(const fs::path& path, const WriterOptions& options)
    : encoder_(std::make_unique<Encoder>(path, options)) {}
VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;

void VideoWriter::push(const tensor::Frame& frame) {
  encoder_->push(frame);
}

void VideoWriter::finish() {
  encoder_->finish();
}

}  // namespace gerund::media
