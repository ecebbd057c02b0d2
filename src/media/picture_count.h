// media/picture_count.h - whether a packet will give a picture, told from its headers without decoding it.
#pragma once

#include <memory>
#include <optional>

#include "media/ffmpeg_handles.h"

namespace gerund::media {

/// Looks at all packets of a stream in the order of the file.
///
/// Threads: none.
class PictureCount {
 public:
  /// What the decoder makes of one packet.
  struct Look {
    bool gives_picture = false;  ///< One picture comes out on its account, sooner or later; else none.
    bool is_own = false;         ///< That picture is the one in this packet, so the packet's time is the picture's.
    bool starts = false;         ///< Decoding may start here: no picture shown from here on needs an earlier one.
  };
  virtual ~PictureCount() = default;
  /// nullopt where only decoding can tell (fields, damage, an unusual stream).
  virtual std::optional<Look> look(const AVPacket& packet) = 0;
};

/// The one for the codec, or nullptr where none is known: MPEG-4 part 2, H.264, and the codecs whose packets are whole
/// pictures by themselves.
std::unique_ptr<PictureCount> make_picture_count(const AVCodecParameters& parameters);

}  // namespace gerund::media
