// tests/media/mpeg4_vops_test.cc - headers written bit by bit after ISO/IEC 14496-2.
#include "media/mpeg4_vops.h"

#include <gtest/gtest.h>

#include <string>

namespace gerund::media {
namespace {

/// "0101" and so on to bytes, filled up with zeros.
std::vector<uint8_t> bytes_of_bits(const std::string& bits) {
  std::vector<uint8_t> bytes((bits.size() + 7) / 8);
  for (size_t i = 0; i < bits.size(); ++i)
    if (bits[i] == '1') bytes[i / 8] = static_cast<uint8_t>(bytes[i / 8] | 0x80U >> i % 8);
  return bytes;
}

void append(std::vector<uint8_t>& stream, uint8_t code, const std::vector<uint8_t>& payload) {
  stream.insert(stream.end(), {0, 0, 1, code});
  stream.insert(stream.end(), payload.begin(), payload.end());
}

/// A video object layer with 25 ticks a second, so that times take 5 bits.
std::vector<uint8_t> layer() {
  return bytes_of_bits(std::string("0") + "00000001"  // random access, object type
                       + "1" + "0001" + "001"         // version, priority
                       + "0001"                       // square pixels
                       + "1" + "01" + "0" + "0"       // control parameters: 4:2:0, B pictures, no buffer sizes
                       + "00" + "1"                   // rectangular
                       + "0000000000011001" + "1");   // 25 ticks
}

/// A VOP: type, no whole second gone by, time in 5 bits, coded or not.
std::vector<uint8_t> vop(const std::string& type, const std::string& coded) {
  return bytes_of_bits(type + "0" + "1" + "00111" + "1" + coded + "10101010");
}

TEST(Mpeg4Headers, TellCodedFromEmptyPictures) {
  Mpeg4Headers headers;
  std::vector<uint8_t> stream;
  append(stream, 0x20, layer());
  append(stream, 0xB6, vop("00", "1"));
  append(stream, 0xB6, vop("01", "0"));
  append(stream, 0xB6, vop("10", "1"));
  const std::vector<Vop> vops = headers.read(stream);
  ASSERT_EQ(vops.size(), 3U);
  EXPECT_EQ(vops[0].type, Vop::Type::intra);
  EXPECT_TRUE(vops[0].is_coded);
  EXPECT_EQ(vops[1].type, Vop::Type::predicted);
  EXPECT_FALSE(vops[1].is_coded);
  EXPECT_EQ(vops[2].type, Vop::Type::bidirectional);
  EXPECT_TRUE(vops[2].is_coded);
  EXPECT_TRUE(headers.is_sound());
}

TEST(Mpeg4Headers, KeepTheLayerForLaterPackets) {
  Mpeg4Headers headers;
  std::vector<uint8_t> extra;
  append(extra, 0x20, layer());
  EXPECT_TRUE(headers.read(extra).empty());
  std::vector<uint8_t> packet;
  append(packet, 0xB6, vop("01", "0"));
  EXPECT_FALSE(headers.read(packet).at(0).is_coded);
  EXPECT_TRUE(headers.is_sound());
}

TEST(Mpeg4Headers, AreNotSoundWithoutALayer) {
  Mpeg4Headers headers;
  std::vector<uint8_t> packet;
  append(packet, 0xB6, vop("00", "1"));
  headers.read(packet);
  EXPECT_FALSE(headers.is_sound());
}

TEST(Mpeg4Headers, AreNotSoundWhenCutShort) {
  Mpeg4Headers headers;
  std::vector<uint8_t> stream;
  append(stream, 0x20, layer());
  append(stream, 0xB6, {0x00});
  headers.read(stream);
  EXPECT_FALSE(headers.is_sound());
}

TEST(Mpeg4Headers, KnowPackedStreamsByTheirUserData) {
  for (const auto& [text, is_packed] : {std::pair<std::string, bool>{"DivX503b1393p", true},
                                        {"DivX503b1393", false},
                                        {"XviD0046", false},
                                        {"", false}}) {
    Mpeg4Headers headers;
    std::vector<uint8_t> stream;
    append(stream, 0xB2, {text.begin(), text.end()});
    append(stream, 0xB3, {});
    headers.read(stream);
    EXPECT_EQ(headers.is_packed(), is_packed) << text;
  }
}

TEST(Mpeg4Headers, FindNothingInNothing) {
  Mpeg4Headers headers;
  EXPECT_TRUE(headers.read({}).empty());
  const std::vector<uint8_t> stub{0x7F};
  EXPECT_TRUE(headers.read(stub).empty());
  const std::vector<uint8_t> bare{0, 0, 1, 0xB6};
  EXPECT_EQ(headers.read(bare).size(), 1U);
  EXPECT_FALSE(headers.is_sound());
}

}  // namespace
}  // namespace gerund::media
