#include "media/mpeg4_vops.h"

#include <algorithm>
#include <bit>
#include <string_view>

namespace gerund::media {
namespace {

constexpr uint8_t kVopStart = 0xB6;
constexpr uint8_t kUserDataStart = 0xB2;
constexpr uint8_t kFirstLayerStart = 0x20;
constexpr uint8_t kLastLayerStart = 0x2F;
constexpr int kVbvBits = 79;
constexpr int kExtendedAspect = 15;
constexpr int kMaxSecondsAhead = 64;  // modulo_time_base: more ones than this are damage.

/// Bits from the most significant on; zeros behind the end.
class BitReader {
 public:
  explicit BitReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  int bit() {
    const size_t byte = position_ / 8;
    const int value = byte < bytes_.size() ? bytes_[byte] >> (7 - position_ % 8) & 1 : 0;
    ++position_;
    return value;
  }
  int bits(int count) {
    int value = 0;
    while (count-- > 0) value = value << 1 | bit();
    return value;
  }
  void skip(int count) { position_ += static_cast<size_t>(count); }
  bool past_end() const { return position_ > bytes_.size() * 8; }

 private:
  std::span<const uint8_t> bytes_;
  size_t position_ = 0;
};

}  // namespace

std::vector<Vop> Mpeg4Headers::read(std::span<const uint8_t> bytes) {
  std::vector<Vop> vops;
  for (size_t i = 0; i + 4 <= bytes.size(); ++i) {
    if (bytes[i] != 0 || bytes[i + 1] != 0 || bytes[i + 2] != 1) continue;
    const uint8_t code = bytes[i + 3];
    const std::span<const uint8_t> payload = bytes.subspan(i + 4);
    if (code >= kFirstLayerStart && code <= kLastLayerStart) read_layer(payload);
    if (code == kUserDataStart) read_user_data(payload);
    if (code == kVopStart) vops.push_back(read_vop(payload));
    i += 3;
  }
  return vops;
}

void Mpeg4Headers::read_layer(std::span<const uint8_t> bytes) {
  BitReader in(bytes);
  in.skip(1 + 8);                                     // random_accessible_vol, video_object_type_indication
  if (in.bit()) in.skip(4 + 3);                       // version, priority
  if (in.bits(4) == kExtendedAspect) in.skip(8 + 8);  // pixel aspect ratio
  if (in.bit()) {                                     // vol_control_parameters
    in.skip(2 + 1);                                   // chroma_format, low_delay
    if (in.bit()) in.skip(kVbvBits);
  }
  const int shape = in.bits(2);
  in.skip(1);
  const int resolution = in.bits(16);
  time_bits_ = 0;
  if (shape == 0 && resolution > 0 && !in.past_end())
    time_bits_ = std::max(1, static_cast<int>(std::bit_width(static_cast<unsigned>(resolution - 1))));
}

void Mpeg4Headers::read_user_data(std::span<const uint8_t> bytes) {
  const auto end = std::find(bytes.begin(), bytes.end(), uint8_t{0});
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(end - bytes.begin()));
  if (text.substr(0, 4) == "DivX") is_packed_ = text.back() == 'p';
}

Vop Mpeg4Headers::read_vop(std::span<const uint8_t> bytes) {
  BitReader in(bytes);
  Vop vop;
  vop.type = static_cast<Vop::Type>(in.bits(2));
  int seconds = 0;
  while (in.bit() && seconds < kMaxSecondsAhead) ++seconds;
  in.skip(1 + time_bits_ + 1);
  vop.is_coded = in.bit() != 0;
  if (time_bits_ == 0 || seconds == kMaxSecondsAhead || in.past_end()) is_sound_ = false;
  return vop;
}

}  // namespace gerund::media
