// data/archive.h - reads archives (.zip .rar .7z .tar and its kin) one entry after the other (libarchive).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace gerund::data {

/// One pass over an archive file.
///
/// Threads: none.
/// Owns:    libarchive's reader and the open file.
class Archive {
 public:
  struct Entry {
    std::string path;                  ///< As the archive has it, '/' between its parts. Nothing about it is checked.
    std::optional<int64_t> num_bytes;  ///< Unpacked, where the archive says it.
  };

  /// Throws UserError naming `path` where it is no archive or cannot be read.
  explicit Archive(const std::filesystem::path& path);
  ~Archive();
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  /// The next regular file; folders, links and devices are passed over. nullopt at the end. Throws UserError where the
  /// archive is damaged, cut short or sealed by a password.
  std::optional<Entry> next();
  /// Unpacks the entry that next() gave to `target`, whole or not at all. Throws as next() does, UserError where it
  /// cannot be written (a full disk), Interrupted.
  void unpack(const std::filesystem::path& target);
  /// Bytes of the archive file read so far.
  int64_t bytes_read() const;

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace gerund::data
