#include "media/picture_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "media/in_order.h"

namespace gerund::media {
namespace {

namespace fs = std::filesystem;

constexpr double kFps = 25;

bool has_pictures(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (is_picture_file(entry->path())) return true;
  return false;
}

std::vector<fs::path> list_pictures(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (is_picture_file(entry->path())) files.push_back(entry->path());
  if (error) throw base::UserError(fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
  std::sort(files.begin(), files.end());
  return files;
}

/// Once for each folder: every epoch and every worker comes to it again.
void warn_of_gap(const fs::path& file) {
  static std::mutex mutex;
  static std::set<fs::path> said;
  {
    const std::lock_guard lock(mutex);
    if (!said.insert(file.parent_path()).second) return;
  }
  base::log_warning(fmt::format("{}: does not decode; its neighbour stands in for it", file.string()));
}

}  // namespace

std::optional<fs::path> find_pictures(const fs::path& path) {
  if (has_pictures(path / "rgb")) return path / "rgb";
  if (has_pictures(path)) return path;
  return std::nullopt;
}

PictureFolder::PictureFolder(const fs::path& path) : path_(path), files_(list_pictures(*find_pictures(path))) {
  info_.num_frames = static_cast<int64_t>(files_.size());
  info_.fps = kFps;
  info_.duration_seconds = static_cast<double>(info_.num_frames) / kFps;
  for (; first_that_decodes_ < info_.num_frames; ++first_that_decodes_) {
    if (const std::optional<tensor::Frame> first = decode(first_that_decodes_)) {
      info_.width = first->width;
      info_.height = first->height;
      info_.codec = decoder_.codec();
      return;
    }
  }
  throw base::UserError(fmt::format("{}: not one of its {} pictures decodes ({}); replace them or leave the folder out",
                                    path.string(), files_.size(), trouble_));
}

std::vector<tensor::Frame> PictureFolder::read(std::span<const int64_t> indices) {
  return read_in_order(indices, info_.num_frames, [this](int64_t number) { return read_one(number); });
}

std::optional<tensor::Frame> PictureFolder::next() {
  if (next_number_ == info_.num_frames) return std::nullopt;
  return read_one(next_number_++);
}

tensor::Frame PictureFolder::read_one(int64_t number) {
  int64_t found = std::max(number, first_that_decodes_);
  std::optional<tensor::Frame> frame = decode(found);
  while (!frame && found > first_that_decodes_) frame = decode(--found);
  if (!frame)
    throw base::UserError(
        fmt::format("{}: its pictures can no longer be read; was the folder changed meanwhile?", path_.string()));
  if (found != number) warn_of_gap(files_[static_cast<size_t>(number)]);
  frame->pts_seconds = static_cast<double>(number) / kFps;
  return std::move(*frame);
}

std::optional<tensor::Frame> PictureFolder::decode(int64_t number) {
  if (base::interrupted()) throw base::Interrupted("interrupted while reading " + path_.string());
  try {
    return decoder_.read(files_[static_cast<size_t>(number)]);
  } catch (const base::UserError& error) {
    trouble_ = error.what();
    return std::nullopt;
  }
}

}  // namespace gerund::media
