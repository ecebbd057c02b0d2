// archive_bytes.h - small archives for the tests of import: RAR written byte by byte, the others by libarchive.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace gerund::archives {

/// Name and content of each file, in order.
using Files = std::vector<std::pair<std::string, std::string>>;

inline uint32_t crc32(const std::string& bytes) {
  uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

inline std::string little_endian(uint64_t value, int num_bytes) {
  std::string bytes;
  for (int i = 0; i < num_bytes; ++i) bytes += static_cast<char>(value >> 8 * i & 0xff);
  return bytes;
}

/// A block of RAR 2.9 to 4: CRC, type, flags, size, then `fields`. `fields` must not contain the data that follow.
inline std::string rar_block(int type, int flags, const std::string& fields) {
  const std::string head = little_endian(static_cast<uint64_t>(type), 1) +
                           little_endian(static_cast<uint64_t>(flags), 2) + little_endian(7 + fields.size(), 2) +
                           fields;
  return little_endian(crc32(head) & 0xffff, 2) + head;
}

/// A RAR archive of files that are stored (method 0x30), from the format's technical note.
inline std::string rar(const Files& files) {
  std::string bytes("Rar!\x1a\x07\0", 7);
  bytes += rar_block(0x73, 0, std::string(6, '\0'));
  for (const auto& [name, content] : files) {
    const std::string fields =
        little_endian(content.size(), 4) + little_endian(content.size(), 4) + little_endian(3, 1) +  // Unix.
        little_endian(crc32(content), 4) + little_endian(0x3e210000, 4) + little_endian(20, 1) +
        little_endian(0x30, 1) + little_endian(name.size(), 2) + little_endian(0100644, 4) + name;
    bytes += rar_block(0x74, 0x8000, fields) + content;
  }
  return bytes + rar_block(0x7b, 0x4000, "");
}

enum class Format { zip, tar_gz, seven_zip };

/// Writes an archive with libarchive. A name that ends with '@' becomes a symbolic link to its content.
inline void write_archive(const std::filesystem::path& path, Format format, const Files& files) {
  archive* out = archive_write_new();
  if (format == Format::zip) archive_write_set_format_zip(out);
  if (format == Format::seven_zip) archive_write_set_format_7zip(out);
  if (format == Format::tar_gz) {
    archive_write_set_format_pax_restricted(out);
    archive_write_add_filter_gzip(out);
  }
  std::filesystem::create_directories(path.parent_path());
  if (archive_write_open_filename(out, path.c_str()) != ARCHIVE_OK) throw base::InternalError("archive not opened");
  for (const auto& [name, content] : files) {
    archive_entry* entry = archive_entry_new();
    const bool is_link = name.ends_with('@');
    archive_entry_set_pathname(entry, (is_link ? name.substr(0, name.size() - 1) : name).c_str());
    archive_entry_set_filetype(entry, is_link ? AE_IFLNK : AE_IFREG);
    if (is_link) archive_entry_set_symlink(entry, content.c_str());
    archive_entry_set_size(entry, is_link ? 0 : static_cast<int64_t>(content.size()));
    archive_entry_set_perm(entry, 0644);
    if (archive_write_header(out, entry) != ARCHIVE_OK) throw base::InternalError("archive header not written");
    if (!is_link) archive_write_data(out, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(out);
  archive_write_free(out);
}

}  // namespace gerund::archives
