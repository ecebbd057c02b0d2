// media/png_decoder.h - decodes the PNG files that frames are usually kept in, faster than FFmpeg does.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tensor/frame.h"

struct libdeflate_decompressor;

namespace gerund::media {

/// 8-bit RGB without interlace, transparency or animation. Format: PNG Specification, Third Edition (W3C).
///
/// Threads: none.
/// Owns:    buffers for the last size.
class PngDecoder {
 public:
  PngDecoder();

  /// nullopt for all other kinds of PNG, for anything that is damaged, and on other processors than x86-64: that is for
  /// FFmpeg to decode or refuse.
  std::optional<tensor::Frame> decode(std::string_view bytes);

 private:
  struct Free {
    void operator()(libdeflate_decompressor* decompressor) const;
  };

  std::unique_ptr<libdeflate_decompressor, Free> decompressor_;
  std::string compressed_;  // The data of several chunks, put together.
  std::string filtered_;    // Per row: the kind of filter, then the filtered pixels.
};

}  // namespace gerund::media
