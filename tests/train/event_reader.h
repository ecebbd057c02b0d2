// event_reader.h - reads TensorBoard event files by the published format, independently of src/train/event_file.cc.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace gerund::train {

/// CRC-32C bit by bit, as a long division by x^32 + x^28 + ... (0x11EDC6F41), most significant bit of the reflected
/// message first: slow and plain.
inline uint32_t slow_crc32c(const std::string& bytes) {
  uint32_t rest = 0xFFFFFFFF;
  for (unsigned char byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool message_bit = (byte >> bit & 1) != 0;
      // `rest` is kept in the order of the polynomial, highest power in bit 31.
      const bool carry = ((rest >> 31) & 1) != static_cast<uint32_t>(message_bit);
      rest <<= 1;
      if (carry) rest ^= 0x1EDC6F41;
    }
  }
  uint32_t reflected = 0;
  for (int bit = 0; bit < 32; ++bit) reflected |= (rest >> bit & 1U) << (31 - bit);
  return reflected ^ 0xFFFFFFFF;
}

struct ReadEvent {
  double wall_time = 0;
  int64_t step = 0;
  std::string file_version;
  std::map<std::string, float> scalars;
  bool starts_session = false;
};

/// A protocol buffer message, one field after the other.
class Fields {
 public:
  explicit Fields(std::string message) : bytes_(std::move(message)) {}

  bool next() {
    if (at_ == bytes_.size()) return false;
    const uint64_t key = varint();
    number = key >> 3;
    switch (key & 7) {
      case 0:
        whole = varint();
        break;
      case 1:
        bytes = take(8);
        break;
      case 2:
        bytes = take(varint());
        break;
      case 5:
        bytes = take(4);
        break;
      default:
        throw std::runtime_error("unknown wire type");
    }
    return true;
  }

  uint64_t number = 0;
  uint64_t whole = 0;
  std::string bytes;

 private:
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
  }
  std::string take(uint64_t count) {
    if (count > bytes_.size() - at_) throw std::runtime_error("cut short");
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  std::string bytes_;
  size_t at_ = 0;
};

template <typename Value>
Value value_of(const std::string& bytes) {
  Value value;
  if (bytes.size() != sizeof value) throw std::runtime_error("wrong size");
  std::memcpy(&value, bytes.data(), sizeof value);  // Tests run on little-endian machines.
  return value;
}

inline ReadEvent parse_event(const std::string& data) {
  ReadEvent event;
  for (Fields fields(data); fields.next();) {
    if (fields.number == 1) event.wall_time = value_of<double>(fields.bytes);
    if (fields.number == 2) event.step = static_cast<int64_t>(fields.whole);
    if (fields.number == 3) event.file_version = fields.bytes;
    if (fields.number == 7)
      for (Fields session(fields.bytes); session.next();)
        event.starts_session = session.number == 1 && session.whole == 1;
    if (fields.number != 5) continue;
    for (Fields summary(fields.bytes); summary.next();) {
      std::string tag;
      for (Fields value(summary.bytes); value.next();) {
        if (value.number == 1) tag = value.bytes;
        if (value.number == 2) event.scalars[tag] = value_of<float>(value.bytes);
      }
    }
  }
  return event;
}

/// All events; throws for a wrong checksum or half a record.
inline std::vector<ReadEvent> read_events(const std::string& file) {
  const auto checked = [](const std::string& bytes, const std::string& sum) {
    const uint32_t crc = slow_crc32c(bytes);
    if (value_of<uint32_t>(sum) != ((crc >> 15 | crc << 17) + 0xA282EAD8U)) throw std::runtime_error("wrong checksum");
    return bytes;
  };
  std::vector<ReadEvent> events;
  for (size_t at = 0; at < file.size();) {
    const auto length = value_of<uint64_t>(checked(file.substr(at, 8), file.substr(at + 8, 4)));
    events.push_back(parse_event(checked(file.substr(at + 12, length), file.substr(at + 12 + length, 4))));
    at += 16 + length;
  }
  return events;
}

}  // namespace gerund::train
