// media/demuxer.h - the packets of the video stream of one file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "media/ffmpeg_handles.h"

namespace gerund::media {

/// What tells one packet of a stream from all others.
struct PacketId {
  int64_t pts = 0;   ///< Stream time base, or AV_NOPTS_VALUE.
  int64_t dts = 0;   ///< The same.
  int64_t byte = 0;  ///< Position in the file.
  int size = 0;      ///< Bytes.
};
PacketId id_of(const AVPacket& packet);

/// Reads the video packets of an AVI, MP4, MOV, Matroska or WebM file, one after the other.
///
/// Threads: none.
/// Owns:    the open file.
class Demuxer {
 public:
  /// Throws UserError naming `path` where it cannot be read, is none of these containers or has no video stream.
  explicit Demuxer(const std::filesystem::path& path);

  const AVStream& stream() const { return *stream_; }
  const std::filesystem::path& path() const { return path_; }
  /// How many frames the header promises; 0: it says nothing. Those that an edit list hides (a clip that was trimmed on
  /// a telephone) do not count.
  int64_t stated_frames() const;

  /// The next packet of the video stream; false at the end of what can be read. Throws Interrupted.
  bool read(AVPacket* packet);
  /// Makes the very first packet the next one.
  void rewind();
  /// Makes a keyframe the next packet. False where the file's index does not lead there exactly; then the position is
  /// anywhere: rewind().
  bool seek(const PacketId& keyframe);

 private:
  void open();

  const std::filesystem::path path_;
  InputHandle input_;
  AVStream* stream_ = nullptr;  // Belongs to input_.
  PacketHandle found_;          // What seek() found and read() has yet to give; null where nothing waits.
  std::optional<PacketId> first_;
};

}  // namespace gerund::media
