// base/files.h - files that appear whole or not at all.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace gerund::base {

/// The bytes of a file. Throws UserError where it does not exist or cannot be read.
std::string read_file(const std::filesystem::path& path);

/// A new folder below the system's temporary one, in which nobody else writes.
///
/// Owns: the folder and all that is put into it.
class ScratchFolder {
 public:
  /// Throws UserError where it cannot be made.
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Makes a folder and those that it lies in. Throws UserError where that fails.
void make_folder(const std::filesystem::path& folder);

/// Writes a file under a temporary name beside `path`, flushes it to disk and renames it: a reader sees the old file or
/// the new one, never half of one. Makes missing folders. A link stays one, and the file that it names is written; what
/// is no file, as a pipe or /dev/null, gets the bytes. Throws UserError where that fails.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// The same for a writer that needs a path: `write` fills the temporary file it is given; if it throws, nothing is left
/// behind. The temporary name keeps the extension of `path`.
void write_whole(const std::filesystem::path& path, const std::function<void(const std::filesystem::path&)>& write);

/// Removes the temporary files in a folder whose writers were killed. Files of processes that still run stay.
void remove_partial_files(const std::filesystem::path& folder);

}  // namespace gerund::base
