#include "data/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/utf8.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReadBytes = 1 << 18;

struct FreeReader {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

}  // namespace

struct Archive::Reader {
  fs::path path;
  std::unique_ptr<archive, FreeReader> handle{archive_read_new()};
  archive_entry* entry = nullptr;  // Of the handle.
  std::string entry_path;

  [[noreturn]] void fail() const {
    const char* text = archive_error_string(handle.get());
    const std::string reason = text != nullptr ? text : "it is damaged";
    // libarchive 3.6 reads RAR files whose packer used no filters.
    const bool wants_unrar = reason.find("filter") != std::string::npos;
    const std::string where = entry_path.empty() ? "" : fmt::format(" at {}", entry_path);
    throw base::UserError(fmt::format(
        "{}: cannot be unpacked{}: {}; {}", path.string(), where, reason,
        wants_unrar ? "unpack it with unrar and give the folder"
                    : "is it whole? Get it again, then the same command goes on (what was unpacked is kept)"));
  }
};

Archive::Archive(const fs::path& path) : reader_(std::make_unique<Reader>()) {
  reader_->path = path;
  archive* handle = reader_->handle.get();
  archive_read_support_filter_all(handle);
  archive_read_support_format_7zip(handle);
  archive_read_support_format_rar(handle);
  archive_read_support_format_rar5(handle);
  archive_read_support_format_tar(handle);
  archive_read_support_format_zip(handle);
  if (fs::is_directory(path))
    throw base::UserError(fmt::format("{}: is a folder; an archive is wanted", path.string()));
  if (archive_read_open_filename(handle, path.c_str(), kReadBytes) != ARCHIVE_OK) reader_->fail();
}

Archive::~Archive() = default;

std::optional<Archive::Entry> Archive::next() {
  archive* handle = reader_->handle.get();
  const base::Utf8Characters names;  // libarchive gives them in the thread's characters, and those beyond not at all.
  while (true) {
    if (base::interrupted()) throw base::Interrupted("interrupted while unpacking; the same command goes on");
    const int status = archive_read_next_header(handle, &reader_->entry);
    if (status == ARCHIVE_EOF) return std::nullopt;
    if (status < ARCHIVE_WARN) reader_->fail();
    if (archive_entry_filetype(reader_->entry) != AE_IFREG || archive_entry_hardlink(reader_->entry) != nullptr)
      continue;
    const char* name = archive_entry_pathname_utf8(reader_->entry);
    if (name == nullptr) name = archive_entry_pathname(reader_->entry);
    if (name == nullptr) continue;  // No name that this system can write.
    reader_->entry_path = name;
    Entry entry{name, std::nullopt};
    if (archive_entry_size_is_set(reader_->entry) != 0) entry.num_bytes = archive_entry_size(reader_->entry);
    return entry;
  }
}

void Archive::unpack(const fs::path& target) {
  base::write_whole(target, [&](const fs::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    std::string piece(kReadBytes, '\0');
    while (true) {
      if (base::interrupted()) throw base::Interrupted("interrupted while unpacking; the same command goes on");
      const la_ssize_t count = archive_read_data(reader_->handle.get(), piece.data(), piece.size());
      if (count < 0) reader_->fail();  // Warnings as well: a wrong checksum is one.
      if (count == 0) break;
      out.write(piece.data(), count);
    }
    out.flush();
    if (!out)
      throw base::UserError(fmt::format("{}: cannot be written: {}; make room, then the same command goes on",
                                        target.string(), std::strerror(errno)));
  });
}

int64_t Archive::bytes_read() const {
  return archive_filter_bytes(reader_->handle.get(), -1);
}

}  // namespace gerund::data
