// media/mpeg4_vops.h - the picture headers (VOPs) in MPEG-4 part 2 packets: ISO/IEC 14496-2, 6.2.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gerund::media {

/// One picture header.
struct Vop {
  enum class Type { intra, predicted, bidirectional, sprite };
  Type type = Type::intra;
  bool is_coded = false;  ///< False: a filler of a packed stream, or "as before".
};

/// Reads the headers of one packet after the other.
///
/// Threads: none.
class Mpeg4Headers {
 public:
  /// The VOPs of a packet, or of the codec's extra data. Remembers what other headers say.
  std::vector<Vop> read(std::span<const uint8_t> bytes);

  /// False once a VOP came that could not be read to its end.
  bool is_sound() const { return is_sound_; }
  /// True once the encoder has said that it packs a B picture behind its reference into one packet ("DivX503b1393p").
  bool is_packed() const { return is_packed_; }

 private:
  void read_layer(std::span<const uint8_t> bytes);
  void read_user_data(std::span<const uint8_t> bytes);
  Vop read_vop(std::span<const uint8_t> bytes);

  int time_bits_ = 0;  // Bits of vop_time_increment; 0 until a layer header came.
  bool is_sound_ = true;
  bool is_packed_ = false;
};

}  // namespace gerund::media
