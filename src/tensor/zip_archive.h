// tensor/zip_archive.h - the entries of a zip file whose contents are stored as they are, not compressed (APPNOTE.TXT
// 6.3.9 of PKWARE, zip64 included).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace gerund::tensor {

/// Views the bytes of a file, which must outlive it.
///
/// Threads: const.
class ZipArchive {
 public:
  /// Reads the directory. Throws UserError naming `name` for a file that is cut short, or has entries
  /// outside the file, overlapping or twice there.
  ZipArchive(std::string_view bytes, const std::string& name);

  bool has(const std::string& entry) const { return entries_.contains(entry); }
  /// The contents of an entry. Throws UserError where it is missing, compressed, encrypted or of another checksum.
  std::string_view read(const std::string& entry) const;
  /// The first entry whose name ends in `suffix`; "" where none does.
  std::string find_suffix(std::string_view suffix) const;

  /// True for bytes that begin as a zip file does.
  static bool begins_like_one(std::string_view bytes) { return bytes.starts_with("PK\x03\x04"); }

 private:
  struct Entry {
    uint64_t begin = 0;   ///< Of the contents, in the file.
    uint64_t packed = 0;  ///< Bytes in the file.
    uint64_t size = 0;
    uint32_t crc = 0;
    bool is_stored = false;  ///< Neither compressed nor encrypted.
  };
  class DirectoryReader;

  std::string_view bytes_;
  std::string name_;
  std::map<std::string, Entry> entries_;
};

}  // namespace gerund::tensor
