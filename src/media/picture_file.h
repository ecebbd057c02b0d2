// media/picture_file.h - decodes PNG and JPEG files.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "media/decoder.h"
#include "media/png_decoder.h"
#include "media/rgb_converter.h"
#include "tensor/frame.h"

namespace gerund::media {

/// True for .png, .jpg and .jpeg, in any case of letters; not for hidden files (macOS writes ._000001.png beside
/// 000001.png).
bool is_picture_file(const std::filesystem::path& path);

/// Decodes one picture file after the other.
///
/// Threads: none.
/// Owns:    one decoder per format, and a faster one for the usual PNG.
class PictureDecoder {
 public:
  /// Gray, palette, alpha and 16-bit pictures become 8-bit RGB. The content decides the format, not the name. Throws
  /// UserError naming `path` where it cannot be read, is neither PNG nor JPEG, or is damaged.
  tensor::Frame read(const std::filesystem::path& path);
  /// "png" or "mjpeg": the format of the last picture.
  const std::string& codec() const { return codec_; }

 private:
  Decoder& decoder_for(AVCodecID codec, const std::string& name);

  PngDecoder fast_png_;
  std::unique_ptr<Decoder> png_;  // For what fast_png_ leaves.
  std::unique_ptr<Decoder> jpeg_;
  RgbConverter converter_;
  FrameHandle picture_{av_frame_alloc()};
  std::string codec_;
};

}  // namespace gerund::media
