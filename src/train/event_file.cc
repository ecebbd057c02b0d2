#include "train/event_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace gerund::train {
namespace {

namespace fs = std::filesystem;

constexpr std::array<uint32_t, 256> make_crc_table() {
  constexpr uint32_t kPolynomial = 0x82F63B78;  // 0x1EDC6F41, its bits reversed.
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? kPolynomial : 0);
    table[i] = value;
  }
  return table;
}

// CRCs of data that hold CRCs are weak, so TFRecord rotates them and adds a constant.
uint32_t masked(uint32_t crc) {
  return std::rotr(crc, 15) + 0xA282EAD8U;
}

template <typename Value>
std::string little_endian(Value value) {
  std::string bytes;
  for (size_t i = 0; i < sizeof value; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  return bytes;
}

// Protocol buffers, wire format: a varint of field number and type before each value.
enum Wire : uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string field(uint64_t number, Wire type, const std::string& value) {
  return varint(number << 3 | type) + (type == kBytes ? varint(value.size()) : "") + value;
}

std::string event(double wall_time, int64_t step, const std::string& what) {
  return field(1, kFixed64, little_endian(std::bit_cast<uint64_t>(wall_time))) +
         field(2, kVarint, varint(static_cast<uint64_t>(step))) + what;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = make_crc_table();
  uint32_t crc = 0xFFFFFFFF;
  for (char byte : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xFF];
  return ~crc;
}

EventFile::EventFile(const fs::path& folder, int64_t first_step, base::Now now) : now_(std::move(now)) {
  std::error_code error;
  fs::create_directories(folder, error);
  const std::string name =
      fmt::format("events.out.tfevents.{:010}.{}.{}", static_cast<int64_t>(now_()), host_name(), ::getpid());
  // Two files of one process in one second: the later sorts behind, as TensorBoard reads them by name.
  for (int count = 0; file_ < 0 && count < 1000; ++count) {
    path_ = folder / (count == 0 ? name : fmt::format("{}.{}", name, count));
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (file_ < 0 && errno != EEXIST) break;
  }
  if (file_ < 0) throw base::UserError(fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(errno)));
  write(event(now_(), 0, field(3, kBytes, "brain.Event:2")));
  constexpr uint64_t kSessionLog = 7, kStatus = 1, kStart = 1;
  if (first_step > 0)
    write(event(now_(), first_step, field(kSessionLog, kBytes, field(kStatus, kVarint, varint(kStart)))));
}

EventFile::~EventFile() {
  if (file_ >= 0) ::close(file_);
}

void EventFile::add(int64_t step, std::span<const Scalar> scalars) {
  std::string summary;
  for (const Scalar& scalar : scalars) {
    const auto bits = std::bit_cast<uint32_t>(static_cast<float>(scalar.value));
    summary += field(1, kBytes, field(1, kBytes, std::string(scalar.tag)) + field(2, kFixed32, little_endian(bits)));
  }
  write(event(now_(), step, field(5, kBytes, summary)));
}

void EventFile::write(const std::string& data) {
  const std::string length = little_endian(static_cast<uint64_t>(data.size()));
  const std::string record =
      length + little_endian(masked(crc32c(length))) + data + little_endian(masked(crc32c(data)));
  if (::write(file_, record.data(), record.size()) != static_cast<ssize_t>(record.size()))
    throw base::UserError(fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(errno)));
}

}  // namespace gerund::train
