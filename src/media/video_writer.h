// media/video_writer.h - encodes frames into a video file.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tensor/frame.h"

namespace gerund::media {

enum class Codec {
  mpeg4,  ///< MPEG-4 part 2, as HMDB51 has it; .avi.
  h264,   ///< H.264; .mp4.
};

struct WriterOptions {
  int width = 0;    ///< Pixels, even.
  int height = 0;   ///< Pixels, even.
  double fps = 25;  ///< Constant.
  Codec codec = Codec::h264;
  int gop_frames = 12;  ///< Distance of keyframes.
  int quality = 0;  ///< 0: the default (mpeg4 qscale 4, h264 crf 23); else the codec's own scale, smaller is better.
};

/// Throws UserError where the extension is none of a video that can be written: .avi, .mp4, .mkv, .mov.
void check_video_name(const std::filesystem::path& path);

/// Writes one file, which appears under its name only at finish(): an unfinished writer leaves nothing behind.
///
/// Threads: none. The same frames and options give the same bytes.
/// Owns:    the encoder and a temporary file beside `path`.
class VideoWriter {
 public:
  /// The container follows the extension of `path` (.avi, .mp4, .mkv, .mov). Throws UserError as check_video_name and
  /// for an odd size.
  VideoWriter(const std::filesystem::path& path, const WriterOptions& options);
  ~VideoWriter();
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;

  /// Adds a frame of the size given in the options; its pts_seconds is not used.
  void push(const tensor::Frame& frame);
  /// Flushes and renames. No push afterwards.
  void finish();

 private:
  class Encoder;
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace gerund::media
