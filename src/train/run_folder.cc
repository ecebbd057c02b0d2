#include "train/run_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <regex>
#include <tuple>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace gerund::train {
namespace {

namespace fs = std::filesystem;

// A second name for the same bytes; a copy where the file system has no hard links. Files are only ever replaced, never
// changed in place.
void link_whole(const fs::path& from, const fs::path& to) {
  std::error_code ignored;
  if (fs::equivalent(from, to, ignored)) return;  // Renaming one of two names of a file over the other does nothing.
  base::write_whole(to, [&](const fs::path& temporary) {
    std::error_code error;
    const fs::path file = fs::canonical(from);  // Of a link, what it names: a later save must not go through it.
    fs::create_hard_link(file, temporary, error);
    if (error) fs::copy_file(file, temporary, error);
    if (error) throw base::UserError(fmt::format("{}: cannot be written: {}", to.string(), error.message()));
  });
}

struct EpochFile {
  int64_t epoch;
  fs::path path;
};

/// Newest first.
std::vector<EpochFile> numbered_epoch_files(const fs::path& folder) {
  static const std::regex pattern(R"(ar_model_epoch=(\d+)-(val|train)_loss=.*\.safetensors)");
  std::vector<EpochFile> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::smatch match;
    const std::string name = entry.path().filename().string();
    if (std::regex_match(name, match, pattern)) files.push_back({std::stoll(match[1]), entry.path()});
  }
  std::ranges::sort(files, [](const EpochFile& a, const EpochFile& b) {
    return std::tie(a.epoch, a.path) > std::tie(b.epoch, b.path);
  });
  return files;
}

}  // namespace

std::vector<fs::path> epoch_files(const fs::path& folder) {
  std::vector<EpochFile> epochs = numbered_epoch_files(folder);
  std::vector<fs::path> files;
  files.reserve(epochs.size());
  for (EpochFile& file : epochs) files.push_back(std::move(file.path));
  return files;
}

std::string RunFolder::epoch_file_name(const nets::EpochMetrics& metrics) {
  return fmt::format("ar_model_epoch={}-{}={:.4f}.safetensors", metrics.epoch,
                     metrics.val_loss ? "val_loss" : "train_loss", metrics.val_loss.value_or(metrics.train_loss));
}

void RunFolder::save_last(const nets::Checkpoint& checkpoint) const {
  nets::save_checkpoint(last(), checkpoint);
}

void RunFolder::keep_epoch(const nets::EpochMetrics& metrics) const {
  if (keep_ > 0) link_whole(last(), folder_ / epoch_file_name(metrics));
  const std::vector<fs::path> epochs = epoch_files(folder_);
  for (size_t i = static_cast<size_t>(keep_); i < epochs.size(); ++i) fs::remove(epochs[i]);
}

void RunFolder::adopt(const fs::path& checkpoint, const std::optional<fs::path>& best, int64_t num_epochs) const {
  if (best) link_whole(*best, this->best());
  link_whole(checkpoint, last());
  for (const EpochFile& file : numbered_epoch_files(folder_))
    if (file.epoch >= num_epochs) fs::remove(file.path);
}

void RunFolder::keep_best() const {
  link_whole(last(), best());
}

FolderLock::FolderLock(const fs::path& folder) : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY)) {
  if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(descriptor_);
  throw base::UserError(fmt::format(
      "{}: another training writes there; wait for it, or choose another results_dir (-r DIR)", folder.string()));
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace gerund::train
