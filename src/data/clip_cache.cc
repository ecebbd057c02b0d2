#include "data/clip_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/machine.h"
#include "spec/experiment.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExtension = ".frames";
constexpr const char* kPartial = ".partial";
/// File systems keep times less exactly than the clock that a start is taken from.
constexpr std::chrono::seconds kClockGrain{1};

/// FNV-1a. Two keys with one name only push each other out: the file holds the key itself.
uint64_t hash_of(const std::string& text) {
  uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

struct Entry {
  fs::path path;
  fs::file_time_type used;
  uint64_t num_bytes = 0;
};

/// The finished files of the folder. Unfinished ones count in `num_bytes`; those that nobody writes are removed.
std::vector<Entry> list_entries(const fs::path& folder, uint64_t& num_bytes) {
  std::vector<Entry> entries;
  std::error_code error;
  num_bytes = 0;
  for (fs::directory_iterator file(folder, error), end; !error && file != end; file.increment(error)) {
    const fs::path& path = file->path();
    if (path.extension() != kExtension && path.extension() != kPartial) continue;
    std::error_code gone;
    if (path.extension() == kPartial && !is_being_written(path)) {
      fs::remove(path, gone);
      continue;
    }
    const Entry entry{path, fs::last_write_time(path, gone), static_cast<uint64_t>(file->file_size(gone))};
    if (gone) continue;
    num_bytes += entry.num_bytes;
    if (path.extension() == kExtension) entries.push_back(entry);
  }
  return entries;
}

}  // namespace

ClipCache::ClipCache(Options options)
    : options_(std::move(options)), start_(fs::file_time_type::clock::now() - kClockGrain) {}

fs::path ClipCache::path_of(const std::string& key) const {
  return options_.folder / fmt::format("{:016x}{}", hash_of(key), kExtension);
}

std::shared_ptr<const FrameFile> ClipCache::find(const std::string& key) {
  const fs::path path = path_of(key);
  std::shared_ptr<const FrameFile> file;
  {
    std::lock_guard guard(files_mutex_);
    if (const auto found = files_.find(path); found != files_.end()) file = found->second;
  }
  const bool is_known = file && file->is_at(path, key);
  if (!is_known) file = FrameFile::open(path, key);
  if (file) ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
  if (!is_known) keep_mapped(path, file);
  return file;
}

void ClipCache::keep_mapped(const fs::path& path, const std::shared_ptr<const FrameFile>& file) {
  decltype(files_) let_go;  // Unmapped when nobody waits for it.
  std::lock_guard guard(files_mutex_);
  files_.erase(path);
  if (!file || !file->is_mapped()) return;
  if (files_.size() >= kMostFiles) let_go.swap(files_);
  files_[path] = file;
}

// Called under the folder's lock.
bool ClipCache::make_room(uint64_t num_bytes) const {
  uint64_t used = 0;
  std::vector<Entry> entries = list_entries(options_.folder, used);
  std::error_code error;
  const fs::space_info disk = fs::space(options_.folder, error);
  const uint64_t available = error ? 0 : disk.available;
  const uint64_t most = std::min(options_.max_bytes, (used + available) / 2);
  if (num_bytes > most / kLargestShare) return false;
  std::erase_if(entries, [&](const Entry& entry) { return entry.used >= start_; });
  uint64_t unused = 0;
  for (const Entry& entry : entries) unused += entry.num_bytes;
  if (used - unused + num_bytes > most) return false;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (used + num_bytes <= most) break;
    fs::remove(entry.path, error);
    used -= entry.num_bytes;
  }
  return true;
}

std::optional<FrameFileWriter> ClipCache::begin(const std::string& key, const FrameShape& shape, int64_t num_frames) {
  std::lock_guard guard(mutex_);
  const uint64_t num_bytes = FrameFileWriter::file_size(key, shape, num_frames);
  if (!may_write_ || num_bytes > options_.max_bytes / kLargestShare) return std::nullopt;
  std::error_code error;
  fs::create_directories(options_.folder, error);
  // Processes take turns in making room, and what they reserve is seen by the next.
  const Descriptor turn(::open((options_.folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!turn.is_open() || ::flock(turn.get(), LOCK_EX) != 0) {
    warn_once(std::strerror(errno));
    return std::nullopt;
  }
  fs::path partial = path_of(key).replace_extension(kPartial);
  if (is_being_written(partial)) return std::nullopt;
  fs::remove(partial, error);
  if (!make_room(num_bytes)) {
    if (!std::exchange(said_full_, true))
      base::log_info(
          fmt::format("{}: the cache of decoded clips is full; clips that are not in it are decoded in every "
                      "epoch (more room: dataset.cache_gb)",
                      options_.folder.string()));
    return std::nullopt;
  }
  std::optional<FrameFileWriter> writer = FrameFileWriter::create(partial, key, shape, num_frames);
  if (!writer && errno != EEXIST) warn_once(std::strerror(errno));
  return writer;
}

bool ClipCache::finish(FrameFileWriter writer) {
  fs::path target = writer.path();
  target.replace_extension(kExtension);
  std::error_code error;
  // Not flushed to disk first: after a crash the checksums tell what arrived.
  if (writer.finish())
    fs::rename(writer.path(), target, error);
  else
    error.assign(errno, std::generic_category());
  if (!error) return true;
  errno = error.value();
  abandon(writer, true);
  return false;
}

void ClipCache::abandon(const FrameFileWriter& writer, bool failed) {
  const int reason = errno;
  std::error_code error;
  fs::remove(writer.path(), error);
  std::lock_guard guard(mutex_);
  if (failed) warn_once(std::strerror(reason));
}

void ClipCache::discard(const std::string& key) {
  const fs::path path = path_of(key);
  keep_mapped(path, nullptr);
  std::error_code error;
  fs::remove(path, error);
}

// Called under mutex_.
void ClipCache::warn_once(const std::string& problem) {
  if (!std::exchange(may_write_, false)) return;
  base::log_warning(
      fmt::format("{}: cannot keep decoded clips ({}); going on without, clips are decoded in every epoch. Free some "
                  "space, or set dataset.cache_dir (dataset.cache_gb=0 turns this off)",
                  options_.folder.string(), problem));
}

std::unique_ptr<ClipCache> make_clip_cache(const spec::DatasetSpec& spec) {
  if (spec.cache_gb <= 0) return nullptr;
  const auto max_bytes = static_cast<uint64_t>(spec.cache_gb * 1e9);
  if (spec.cache_dir && !spec.cache_dir->empty())
    return std::make_unique<ClipCache>(ClipCache::Options{*spec.cache_dir, max_bytes});
  const std::optional<fs::path> folder = base::cache_folder();
  if (!folder) return nullptr;
  return std::make_unique<ClipCache>(ClipCache::Options{*folder / "clips", max_bytes});
}

}  // namespace gerund::data
