#include "tensor/zip_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace gerund::tensor {
namespace {

constexpr uint64_t kEndSize = 22;      // End of the central directory, without its comment.
constexpr uint64_t kLocatorSize = 20;  // Of the zip64 end.
constexpr uint64_t kEnd64Size = 56;
constexpr uint64_t kEntrySize = 46;  // Of the central directory, without name, extra field and comment.
constexpr uint64_t kLocalSize = 30;  // Before the contents, without name and extra field.
constexpr uint64_t kLongestComment = 65535;
constexpr uint32_t kIn64 = 0xffffffff;  // The value is in the zip64 field.
constexpr uint16_t kZip64Field = 1;
constexpr uint16_t kEncrypted = 1;

std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? 0xedb88320U ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  return table;
}

uint32_t crc32_of(std::string_view bytes) {
  static const std::array<uint32_t, 256> table = make_crc_table();
  uint32_t crc = 0xffffffff;
  for (const char byte : bytes) crc = table[(crc ^ static_cast<unsigned char>(byte)) & 255] ^ (crc >> 8);
  return ~crc;
}

}  // namespace

/// Reads numbers with bounds; every message names the file.
class ZipArchive::DirectoryReader {
 public:
  DirectoryReader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  std::map<std::string, Entry> read() {
    find_directory();
    std::map<std::string, Entry> entries;
    for (uint64_t i = 0; i < num_entries_; ++i) {
      auto [name, entry] = read_entry();
      if (!entries.emplace(name, entry).second) fail(fmt::format("it has two entries of one name, '{}'", name));
    }
    check_overlaps(entries);
    return entries;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw base::UserError(fmt::format("{}: not a usable zip file: {}; take another copy", name_, what));
  }

  template <typename T>
  T number(uint64_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof(T)) fail("it ends inside its directory");
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof(T));
    return value;
  }

  std::string_view text(uint64_t at, uint64_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) fail("it ends inside its directory");
    return bytes_.substr(at, size);
  }

  void find_directory() {
    if (bytes_.size() < kEndSize) fail("it is cut short");
    const uint64_t last = bytes_.size() - kEndSize;
    const uint64_t first = last > kLongestComment ? last - kLongestComment : 0;
    uint64_t end = last + 1;
    for (uint64_t at = last + 1; at-- > first;) {
      if (bytes_.substr(at, 4) == "PK\x05\x06") {
        end = at;
        break;
      }
    }
    if (end > last) fail("its directory is missing; it was cut short, or is still being written");
    num_entries_ = number<uint16_t>(end + 10);
    at_ = number<uint32_t>(end + 16);
    if (end >= kLocatorSize && text(end - kLocatorSize, 4) == "PK\x06\x07")
      read_end64(number<uint64_t>(end - kLocatorSize + 8));
  }

  void read_end64(uint64_t at) {
    if (text(at, 4) != "PK\x06\x06" || bytes_.size() - at < kEnd64Size) fail("its zip64 directory is missing");
    num_entries_ = number<uint64_t>(at + 32);
    at_ = number<uint64_t>(at + 48);
  }

  std::pair<std::string, Entry> read_entry() {
    if (text(at_, 4) != "PK\x01\x02") fail("its directory is damaged");
    const auto flags = number<uint16_t>(at_ + 8);
    const auto method = number<uint16_t>(at_ + 10);
    Entry entry;
    entry.crc = number<uint32_t>(at_ + 16);
    uint64_t packed = number<uint32_t>(at_ + 20);
    entry.size = number<uint32_t>(at_ + 24);
    const auto name_size = number<uint16_t>(at_ + 28);
    const auto extra_size = number<uint16_t>(at_ + 30);
    uint64_t local = number<uint32_t>(at_ + 42);
    const std::string name(text(at_ + kEntrySize, name_size));
    read_extra(text(at_ + kEntrySize + name_size, extra_size), entry.size, packed, local);
    at_ += kEntrySize + name_size + extra_size + number<uint16_t>(at_ + 32);
    entry.is_stored = (flags & kEncrypted) == 0 && method == 0 && packed == entry.size;
    entry.begin = contents_of(local, packed, name);
    entry.packed = packed;
    return {name, entry};
  }

  /// The fields of a zip64 entry stand in this order, each only where its 32 bits are full.
  void read_extra(std::string_view extra, uint64_t& size, uint64_t& packed, uint64_t& local) const {
    const auto base = static_cast<uint64_t>(extra.data() - bytes_.data());
    for (uint64_t at = 0; at + 4 <= extra.size();) {
      const auto kind = number<uint16_t>(base + at);
      const auto length = number<uint16_t>(base + at + 2);
      at += 4;
      if (kind == kZip64Field) {
        uint64_t next = at;
        for (uint64_t* value : {&size, &packed, &local}) {
          if (*value != kIn64) continue;
          if (next + 8 > extra.size()) fail("a zip64 field of its directory is cut short");
          *value = number<uint64_t>(base + next);
          next += 8;
        }
      }
      at += length;
    }
  }

  uint64_t contents_of(uint64_t local, uint64_t size, const std::string& name) const {
    if (text(local, 4) != "PK\x03\x04") fail(fmt::format("entry '{}' is not where the directory says", name));
    const uint64_t begin = local + kLocalSize + number<uint16_t>(local + 26) + number<uint16_t>(local + 28);
    if (begin > bytes_.size() || bytes_.size() - begin < size) fail(fmt::format("entry '{}' is cut short", name));
    return begin;
  }

  void check_overlaps(const std::map<std::string, Entry>& entries) const {
    std::vector<std::pair<uint64_t, uint64_t>> spans;
    for (const auto& [name, entry] : entries) {
      if (entry.packed > 0) spans.emplace_back(entry.begin, entry.begin + entry.packed);
    }
    std::sort(spans.begin(), spans.end());
    for (size_t i = 1; i < spans.size(); ++i) {
      if (spans[i].first < spans[i - 1].second) fail("its entries overlap");
    }
  }

  std::string_view bytes_;
  const std::string& name_;
  uint64_t num_entries_ = 0;
  uint64_t at_ = 0;  // The next entry of the directory.
};

ZipArchive::ZipArchive(std::string_view bytes, const std::string& name)
    : bytes_(bytes), name_(name), entries_(DirectoryReader(bytes, name).read()) {}

std::string_view ZipArchive::read(const std::string& entry) const {
  const auto found = entries_.find(entry);
  if (found == entries_.end())
    throw base::UserError(fmt::format("{}: lacks its entry '{}'; take another copy", name_, entry));
  if (!found->second.is_stored)
    throw base::UserError(fmt::format(
        "{}: entry '{}' is compressed or encrypted; torch.save stores it as it is: save the file again", name_, entry));
  const std::string_view contents = bytes_.substr(found->second.begin, found->second.size);
  if (crc32_of(contents) != found->second.crc)
    throw base::UserError(
        fmt::format("{}: entry '{}' is damaged (its checksum differs); take another copy", name_, entry));
  return contents;
}

std::string ZipArchive::find_suffix(std::string_view suffix) const {
  for (const auto& [name, entry] : entries_) {
    if (name.ends_with(suffix)) return name;
  }
  return "";
}

}  // namespace gerund::tensor
