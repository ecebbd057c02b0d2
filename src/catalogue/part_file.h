// catalogue/part_file.h - a file that grows piece by piece, over several runs of the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace gerund::catalogue {

/// The part of a download that is there already.
///
/// Threads: none.
/// Owns:    a file descriptor, and the lock of the file: no two processes write one part.
class PartFile {
 public:
  /// Opens the file, or makes it and its folder. Calls `wait` again and again while another process has it, and throws
  /// what that throws; UserError where the file cannot be opened.
  PartFile(std::filesystem::path path, const std::function<void()>& wait);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  int64_t num_bytes() const { return num_bytes_; }
  /// Writes `bytes` at `offset` <= num_bytes(); what was behind is dropped. Throws UserError where the disk is full.
  void write(int64_t offset, std::string_view bytes);
  /// The whole, on disk, becomes the file `target`, whatever was there before.
  void become(const std::filesystem::path& target);
  void remove();

 private:
  /// False where another process has the file.
  bool open();
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  int descriptor_ = -1;
  int64_t num_bytes_ = 0;
};

}  // namespace gerund::catalogue
