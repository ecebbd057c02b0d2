// media/mpeg4_vops.h - the picture headers (VOPs) in MPEG-4 part 2 packets: ISO/IEC 14496-2, 6.2.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace gerund::media {

/// Finds the VOPs of one packet after the other.
///
/// Threads: none.
class Mpeg4Vops {
 public:
  struct Packet {
    int coded = 0;          ///< VOPs with a picture in them.
    int empty = 0;          ///< VOPs that say "not coded": fillers of packed streams, or repeats.
    bool is_intra = false;  ///< The first VOP is coded by itself.
    bool is_plain = false;  ///< All headers could be read.
  };
  /// Looks for a video object layer header, which VOP headers need; takes the codec's extra data too.
  Packet look(std::span<const uint8_t> bytes);

 private:
  void read_layer(std::span<const uint8_t> bytes);
  void read_vop(std::span<const uint8_t> bytes, Packet& packet) const;

  int time_bits_ = 0;  // Bits of vop_time_increment; 0 until a layer header came.
};

}  // namespace gerund::media
