// data/frame_file.h - a file of pictures of one size, for reading any of them at once. Format: docs/formats.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gerund::data {

/// What every record of a file holds: uint8 [height, width, channels], rows without padding.
struct FrameShape {
  int width = 0;     ///< Pixels, 1..65535.
  int height = 0;    ///< Pixels, 1..65535.
  int channels = 3;  ///< 1..16; 3 for RGB.

  size_t num_bytes() const;
  bool operator==(const FrameShape&) const = default;
};

/// A file descriptor, closed at the end.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;

  int get() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int release();

  int number_ = -1;
};

/// A file in the process's memory.
///
/// Threads: any.
/// Owns:    the mapping, which outlives the file's name.
class Mapping {
 public:
  Mapping() = default;
  /// `size` bytes from the start of the file. On failure bytes() is nullptr.
  Mapping(const Descriptor& file, size_t size);
  ~Mapping();
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;

  const uint8_t* bytes() const { return bytes_; }

 private:
  const uint8_t* bytes_ = nullptr;
  size_t size_ = 0;
};

/// A finished file. On a disk of this machine it is mapped: records are given as they lie there, their checksums
/// compared the first time, so what a write or a disk damaged shows then. Nobody changes a file in place; but a disk
/// that fails, or a stranger who cuts the file short between is_at() and the use of a record, ends the process by a
/// signal (SIGBUS). On a file system of other machines, where one of them may delete what is mapped here, or where a
/// map cannot be had, each record is read and its checksum compared each time.
///
/// Threads: any.
/// Owns:    the mapping, or the open file.
class FrameFile {
 public:
  /// nullptr where there is no such file, or it is none of this version, is damaged, cut short, or of another key.
  /// Shared, as who reads may keep it longer than who found it.
  static std::shared_ptr<const FrameFile> open(const std::filesystem::path& path, const std::string& key);

  const FrameShape& shape() const { return shape_; }
  int64_t num_frames() const { return static_cast<int64_t>(checksums_.size()); }
  bool is_mapped() const { return mapping_.bytes() != nullptr; }
  /// Record `number` of [0, num_frames), of shape().num_bytes(): mapped, for as long as this lives, or read into
  /// `room`. Empty where it cannot be read, or its checksum is wrong.
  std::span<const uint8_t> record(int64_t number, std::vector<uint8_t>& room) const;
  /// Whether this very file is still to be found under a path, as long as it was and of this key.
  bool is_at(const std::filesystem::path& path, const std::string& key) const;

 private:
  Mapping mapping_;
  Descriptor file_;  // Where it is not mapped.
  FrameShape shape_;
  uint64_t first_byte_ = 0;
  uint64_t num_bytes_ = 0;
  uint64_t device_ = 0;
  uint64_t inode_ = 0;
  size_t key_hash_ = 0;
  std::vector<uint32_t> checksums_;
  mutable std::vector<std::atomic<bool>> is_sound_;  // Records whose checksum was found right.
};

/// Writes a file under the name it is given; it is whole only after finish().
///
/// Threads: none.
/// Owns:    the open file, and a lock on it for as long as it lives.
class FrameFileWriter {
 public:
  /// Bytes of a file with so many records.
  static uint64_t file_size(const std::string& key, const FrameShape& shape, int64_t num_frames);
  /// Makes the file and reserves its room on the disk. nullopt where that fails, or `path` exists; errno says why.
  static std::optional<FrameFileWriter> create(const std::filesystem::path& path, const std::string& key,
                                               const FrameShape& shape, int64_t num_frames);

  /// The next record. False where it cannot be written; errno says why.
  bool push(std::span<const uint8_t> bytes);
  /// Writes the header, after num_frames records. False where it cannot be written.
  bool finish();
  const std::filesystem::path& path() const { return path_; }
  const FrameShape& shape() const { return shape_; }

 private:
  std::filesystem::path path_;
  std::string key_;
  Descriptor file_;
  FrameShape shape_;
  int64_t num_frames_ = 0;
  uint64_t first_byte_ = 0;
  std::vector<uint32_t> checksums_;
};

/// True where a writer of this or another process is at the file.
bool is_being_written(const std::filesystem::path& path);

}  // namespace gerund::data
