// media/video_index.h - which frames a video file has and where decoding may begin.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "media/demuxer.h"

namespace gerund::media {

/// Note [Frame numbers]: frame i is the i-th picture that comes out when the whole file is decoded from its first
/// packet on. Where every packet is one picture with its own presentation time, number and time are two names of the
/// same frame: then decoding may begin at a keyframe, and each picture is known by its time. Everywhere else pictures
/// are counted, always from the first packet on.
struct VideoIndex {
  /// A packet at which decoding may begin.
  struct Entry {
    int64_t frame = 0;  ///< Its number in presentation order.
    PacketId packet;
  };
  int64_t num_frames = 0;
  std::vector<int64_t> times;  ///< Presentation time of each frame, ascending; empty where frames are counted.
  std::vector<Entry> entries;  ///< Ascending by frame; empty where frames are counted.

  /// The number of the frame with this time, or nullopt.
  std::optional<int64_t> frame_at(int64_t time) const;
  /// The last entry at or before a frame, or nullptr.
  const Entry* entry_before(int64_t frame) const;
};

/// Counts without decoding, by reading all packets. nullopt where the headers leave a doubt: damage, fields, a codec
/// whose pictures cannot be told from its packets. Throws Interrupted.
std::optional<VideoIndex> index_packets(Demuxer& demuxer);

/// Counts by decoding everything. Throws Interrupted, and UserError where no decoder takes the stream.
VideoIndex index_by_decoding(Demuxer& demuxer);

}  // namespace gerund::media
