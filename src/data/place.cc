#include "data/place.h"

#include <fmt/format.h>

#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/workers.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

void copy_one(const fs::path& source, const fs::path& target) {
  if (base::interrupted()) throw base::Interrupted("interrupted while clips were copied; the same command goes on");
  base::write_whole(target, [&](const fs::path& temporary) { fs::copy_file(source, temporary); });
}

/// Every file of the folder under its temporary name first.
void copy_folder(const fs::path& source, const fs::path& target) {
  const fs::path temporary = target.parent_path() / fmt::format(".{}.partial", target.filename().string());
  fs::remove_all(temporary);
  fs::create_directories(temporary);
  try {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(source)) {
      const fs::path to = temporary / fs::relative(entry.path(), source);
      if (entry.is_directory()) {
        fs::create_directories(to);
      } else {
        copy_one(entry.path(), to);
      }
    }
    fs::rename(temporary, target);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw;
  }
}

bool same_files(const fs::path& source, const fs::path& target) {
  if (!fs::is_directory(source)) return fs::is_regular_file(target) && fs::file_size(source) == fs::file_size(target);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(source)) {
    const fs::path there = target / fs::relative(entry.path(), source);
    if (entry.is_regular_file() && !(fs::is_regular_file(there) && entry.file_size() == fs::file_size(there)))
      return false;
  }
  return fs::is_directory(target);
}

bool is_there(const fs::path& source, const fs::path& target, Placing placing) {
  const bool is_link = fs::is_symlink(target);
  if (!is_link && !fs::exists(target)) return false;
  if (placing == Placing::link && is_link && fs::read_symlink(target) == fs::canonical(source)) return true;
  if (placing == Placing::copy && !is_link && same_files(source, target)) return true;
  throw base::UserError(
      fmt::format("{}: is there already and is not {} {}; nothing is overwritten: choose another folder or remove it",
                  target.string(), placing == Placing::link ? "a link to" : "a copy of", source.string()));
}

}  // namespace

bool place(const fs::path& source, const fs::path& target, Placing placing) {
  try {
    if (is_there(source, target, placing)) return false;
    fs::create_directories(target.parent_path());
    if (placing == Placing::link) {
      fs::create_symlink(fs::canonical(source), target);
    } else if (fs::is_directory(source)) {
      copy_folder(source, target);
    } else {
      copy_one(source, target);
    }
    return true;
  } catch (const fs::filesystem_error& error) {
    throw base::UserError(fmt::format("{}: cannot be made from {}: {}; the same command goes on once that is mended",
                                      target.string(), source.string(), error.code().message()));
  }
}

Placed place_all(const std::vector<Placement>& clips, const fs::path& folder, Placing placing,
                 base::Progress& progress) {
  constexpr int kNumThreads = 2;
  constexpr int64_t kAhead = 64;
  const auto count = static_cast<int64_t>(clips.size());
  progress.start(placing == Placing::link ? "Linking clips" : "Copying clips", count, "clip");
  base::OrderedWorkers<bool> workers(count, kNumThreads, kAhead, [&](int64_t i) {
    const Placement& clip = clips[static_cast<size_t>(i)];
    return place(clip.source, folder / clip.target, placing);
  });
  Placed placed;
  while (const std::optional<bool> is_new = workers.next()) {
    if (base::interrupted()) throw base::Interrupted("interrupted while clips were placed; the same command goes on");
    ++(*is_new ? placed.num_new : placed.num_kept);
    progress.update(placed.num_new + placed.num_kept);
  }
  progress.finish();
  return placed;
}

}  // namespace gerund::data
