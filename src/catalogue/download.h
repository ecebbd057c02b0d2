// catalogue/download.h - brings one file here, in as many attempts as it takes, and checks it before anybody uses it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/progress.h"
#include "catalogue/source.h"

namespace gerund::catalogue {

struct DownloadOptions {
  /// Attempts that bring nothing, one after another, before it is given up. Those that bring something are not counted.
  int num_attempts = 4;
  std::chrono::milliseconds first_wait{1000};  ///< Before the second attempt; twice as long before each further one.
  /// Waits so long, for a line or for another process; returns early where the user interrupts. Tests put their own in
  /// its place.
  std::function<void(std::chrono::milliseconds)> wait;
};

/// What is wanted.
struct WantedFile {
  std::string name;  ///< For people.
  std::string file;  ///< Below the source.
  int64_t num_bytes = 0;
  std::string sha256;
};

/// Whether a file of this size and sum is there.
bool is_right(const std::filesystem::path& path, const WantedFile& wanted);

/// Brings the file to `target`, over `<target>.part`, where it goes on if that is there: a part is what has come of a
/// file of this sum, from whatever source. Size and sum are checked before `target` appears. A resumed file of a wrong
/// sum is fetched once more from its first byte. Throws UserError where the file cannot be had, is of another size or
/// sum (nothing is left then), or cannot be written (the part stays); base::Interrupted (the part stays).
void download(const Source& source, const WantedFile& wanted, const std::filesystem::path& target,
              const DownloadOptions& options, base::Progress& progress);

}  // namespace gerund::catalogue
