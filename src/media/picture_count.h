// media/picture_count.h - how many pictures a packet will give, told from its headers without decoding it.
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
  /// What one packet holds.
  struct Look {
    int pictures = 0;     ///< Pictures that come out of the decoder on account of this packet.
    bool starts = false;  ///< Decoding may start here: no picture from here on needs one from before, but for those
                          ///< that are shown before this one.
  };
  virtual ~PictureCount() = default;
  /// nullopt where only decoding can tell (fields, damage, an unusual stream).
  virtual std::optional<Look> look(const AVPacket& packet) = 0;
  /// False where the last packet leaves pictures open.
  virtual bool complete() const { return true; }
};

/// The one for the codec, or nullptr where none is known: MPEG-4 part 2, H.264, and the codecs whose packets are whole
/// pictures by themselves.
std::unique_ptr<PictureCount> make_picture_count(const AVCodecParameters& parameters);

}  // namespace gerund::media
