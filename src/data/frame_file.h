// data/frame_file.h - a file of pictures of one size, for reading any of them at once. Format: docs/formats.md.
#pragma once

#include <cstdint>
#include <filesystem>
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

/// A finished file, read with pread and not mapped: a file that is cut short meanwhile, or a disk that fails, gives
/// `false` where a map would end the process by a signal.
///
/// Threads: any; read() changes nothing.
/// Owns:    the open file and its checksums.
class FrameFile {
 public:
  /// nullopt where there is no such file, or it is none of this version, is damaged, cut short, or of another key.
  static std::optional<FrameFile> open(const std::filesystem::path& path, const std::string& key);

  const FrameShape& shape() const { return shape_; }
  int64_t num_frames() const { return static_cast<int64_t>(checksums_.size()); }
  /// Record `number` of [0, num_frames) into `bytes` of shape().num_bytes(). False where it cannot be read, or its
  /// checksum is wrong.
  bool read(int64_t number, std::span<uint8_t> bytes) const;
  /// Notes that the file was used now: its time of modification.
  void touch() const;

 private:
  Descriptor file_;
  FrameShape shape_;
  uint64_t first_byte_ = 0;
  std::vector<uint32_t> checksums_;
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
