// data/clip_cache.h - keeps the decoded and resized frames of videos on disk, so that later epochs do not decode again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "data/frame_file.h"

namespace gerund::spec {
struct DatasetSpec;
}

namespace gerund::data {

/// Note [A cache that cannot harm]
/// What is kept can always be made again, so every failure - a damaged file, a full or read-only disk, another process
/// that deletes files - ends in decoding, at most with one warning (but for two that end the process: FrameFile says
/// which). Nothing wrong can come out: a file is found under a key that holds all that its bytes depend on, and each
/// record has a checksum that is compared before its first use.
///
/// A folder of frame files, one for each key; those that were used stay mapped.
///
/// Size:    at most max_bytes, and never more than the disk still has free. Room is made by deleting what was not used
///          since this object began, longest unused first. What this run itself uses stays: where a data set is larger
///          than the cache, taking turns would decode everything in every epoch, and write it too.
/// Threads: any. Processes: any number on one folder.
class ClipCache {
 public:
  struct Options {
    std::filesystem::path folder;  ///< Made when the first file is written.
    uint64_t max_bytes = 10'000'000'000;
  };
  explicit ClipCache(Options options);

  /// The file of a key, marked as used; nullptr where there is none, or a damaged one.
  std::shared_ptr<const FrameFile> find(const std::string& key);
  /// Begins the file of a key. nullopt where there is no room, someone is at it already, or writing fails.
  std::optional<FrameFileWriter> begin(const std::string& key, const FrameShape& shape, int64_t num_frames);
  /// Puts all records of a writer in place; false where that fails.
  bool finish(FrameFileWriter writer);
  /// Removes what a writer has written. `failed`: a write failed, errno says why; no more files are begun.
  void abandon(const FrameFileWriter& writer, bool failed);
  /// Removes a file whose record did not read.
  void discard(const std::string& key);

  /// Largest share of max_bytes that one file may take.
  static constexpr uint64_t kLargestShare = 8;
  /// How many files stay mapped, after which all are let go. A process may have some 65,000 mappings (Linux,
  /// vm.max_map_count).
  static constexpr size_t kMostFiles = 16384;

 private:
  std::filesystem::path path_of(const std::string& key) const;
  /// nullptr: it is forgotten.
  void keep_mapped(const std::filesystem::path& path, const std::shared_ptr<const FrameFile>& file);
  bool make_room(uint64_t num_bytes) const;
  void warn_once(const std::string& problem);

  const Options options_;
  const std::filesystem::file_time_type start_;
  std::mutex files_mutex_;
  std::unordered_map<std::string, std::shared_ptr<const FrameFile>> files_;  // Those mapped, by path.
  std::mutex mutex_;                                                         // Guards what follows.
  bool may_write_ = true;
  bool said_full_ = false;
};

/// The cache that a spec asks for; nullptr where dataset.cache_gb is 0, or where no folder is named and the user has
/// none.
std::unique_ptr<ClipCache> make_clip_cache(const spec::DatasetSpec& spec);

}  // namespace gerund::data
