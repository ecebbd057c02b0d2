// train/run_folder.h - the checkpoint files of one run: last, best and the newest epochs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nets/checkpoint.h"

namespace gerund::train {

/// The folder <results_dir>/train. Every file in it is complete at any moment, whenever the process dies.
///
/// Threads: none; one process per folder.
class RunFolder {
 public:
  /// `keep`: newest epoch files to keep, >= 0.
  RunFolder(std::filesystem::path folder, int64_t keep) : folder_(std::move(folder)), keep_(keep) {}

  std::filesystem::path last() const { return folder_ / "last.safetensors"; }
  std::filesystem::path best() const { return folder_ / "best.safetensors"; }
  const std::filesystem::path& path() const { return folder_; }

  /// ar_model_epoch=<E>-val_loss=<L>.safetensors, E from 0, L with four decimals (train_loss where there is no
  /// validation).
  static std::string epoch_file_name(const nets::EpochMetrics& metrics);

  /// Writes last.safetensors. As the state of a run only ever moves on by this file, a crash before or after it loses
  /// nothing.
  void save_last(const nets::Checkpoint& checkpoint) const;

  /// Gives the epoch that save_last just wrote its own name, and removes epoch files beyond the newest `keep`.
  void keep_epoch(const nets::EpochMetrics& metrics) const;

  /// Makes last.safetensors the same as a checkpoint, of this run or of another, that the run goes on from, and
  /// best.safetensors the same as `best`; nullopt: there is no best yet. Epoch files of `num_epochs` (done by then) and
  /// up are of a course that is left, and go.
  void adopt(const std::filesystem::path& checkpoint, const std::optional<std::filesystem::path>& best,
             int64_t num_epochs) const;

  /// Makes best.safetensors the same as last.safetensors.
  void keep_best() const;

 private:
  std::filesystem::path folder_;
  int64_t keep_;
};

/// The epoch files of a run's folder, newest first.
std::vector<std::filesystem::path> epoch_files(const std::filesystem::path& folder);

/// Keeps other trainings out of a folder while it lives; the system ends it with the process.
class FolderLock {
 public:
  /// Throws UserError where another process has the lock.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace gerund::train
