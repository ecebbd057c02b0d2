#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/lower_case.h"
#include "base/sha256.h"
#include "data/archive.h"
#include "data/clip_names.h"
#include "data/dataset.h"
#include "data/import_sources.h"
#include "media/frame_source.h"
#include "media/picture_file.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMegabyte = 1 << 20;

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '/' || c == '\\') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  std::erase_if(parts, [](const std::string& part) { return part.empty() || part == "."; });
  return parts;
}

std::string stem_of_archive(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.substr(0, name.find('.'));
}

/// `parts` ends with the class folder: its name, below that of a split where there is one.
fs::path class_path(const std::vector<std::string>& parts) {
  const fs::path label = parts.back();
  return parts.size() > 1 && is_split_name(parts[parts.size() - 2]) ? parts[parts.size() - 2] / label : label;
}

/// A file that lies there only while this object lives.
class PassingFile {
 public:
  explicit PassingFile(fs::path path) : path_(std::move(path)) {}
  ~PassingFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  PassingFile(const PassingFile&) = delete;
  PassingFile& operator=(const PassingFile&) = delete;

  const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

/// Unpacks one archive and those in it.
class Unpacking {
 public:
  Unpacking(const fs::path& folder, Imported& imported, base::Progress& progress)
      : folder_(folder), imported_(imported), progress_(progress) {}

  void run(const fs::path& path, const std::string& outer_label) {
    num_bytes_ = static_cast<int64_t>(fs::file_size(path));
    progress_.start("Unpacking", std::max<int64_t>(1, num_bytes_ / kMegabyte), "MB");
    Archive archive(path);
    take_entries(archive, outer_label, path.filename().string(), true);
    publish();
    progress_.update(std::max<int64_t>(1, num_bytes_ / kMegabyte));
    progress_.finish();
    if (num_ignored_ > 0)
      imported_.warnings.push_back(
          fmt::format("{}: {} files in it are no clips, left out ({} first)", path.string(), num_ignored_, ignored_));
  }

 private:
  void take_entries(Archive& archive, const std::string& outer_label, const std::string& name, bool is_outermost) {
    while (const std::optional<Archive::Entry> entry = archive.next()) {
      const std::optional<EntryPlace> place = place_of_entry(entry->path, outer_label);
      if (place) {
        take(archive, *entry, *place);
      } else if (is_archive(entry->path) && is_outermost) {
        take_inner(archive, *entry);
      } else if (num_ignored_++ == 0) {
        ignored_ = fmt::format("{} of {}", entry->path, name);
      }
      if (is_outermost) tell(archive);
    }
  }

  void take_inner(Archive& archive, const Archive::Entry& entry) {
    const std::string name = parts_of(entry.path).back();
    const PassingFile inner(folder_ / (".unpacking." + name));
    archive.unpack(inner.path());
    Archive reader(inner.path());
    take_entries(reader, stem_of_archive(name), name, false);
    tell(archive);
  }

  void take(Archive& archive, const Archive::Entry& entry, const EntryPlace& place) {
    const fs::path clip = folder_ / place.clip;
    if (!place.stream.empty()) return take_picture(archive, entry, place, clip);
    if (!seen_.insert(clip).second) {
      take_again(archive, entry, clip);
    } else if (is_there(clip, entry)) {
      ++imported_.num_kept;
    } else {
      archive.unpack(clip);
      ++imported_.num_new;
    }
  }

  /// A name that has come before: the same clip again, or another that would be lost.
  void take_again(Archive& archive, const Archive::Entry& entry, const fs::path& clip) {
    const PassingFile other(folder_ / (".unpacking." + clip.filename().string()));
    archive.unpack(other.path());
    if (base::sha256_of_file(other.path()) != base::sha256_of_file(clip))
      throw base::UserError(
          fmt::format("{}: the archive has two clips that would both be {}, with other bytes; unpack it yourself, give "
                      "one another name, and import the folder",
                      entry.path, clip.string()));
    imported_.warnings.push_back(
        fmt::format("{}: comes twice with the same bytes, the second is left out", entry.path));
  }

  /// Pictures wait in a hidden folder until the whole archive is read.
  void take_picture(Archive& archive, const Archive::Entry& entry, const EntryPlace& place, const fs::path& clip) {
    if (staged_.count(clip) == 0 && fs::exists(clip)) {
      if (seen_.insert(clip).second) ++imported_.num_kept;
      return;
    }
    const fs::path staged = clip.parent_path() / fmt::format(".{}.partial", clip.filename().string());
    staged_.emplace(clip, staged);
    if (!is_there(staged / place.stream / place.file, entry)) archive.unpack(staged / place.stream / place.file);
  }

  static bool is_there(const fs::path& path, const Archive::Entry& entry) {
    std::error_code none;
    if (!fs::exists(path, none) && !fs::is_symlink(fs::symlink_status(path, none))) return false;
    const auto num_bytes = static_cast<int64_t>(fs::is_regular_file(path) ? fs::file_size(path) : 0);
    if (fs::is_regular_file(path) && num_bytes == entry.num_bytes.value_or(num_bytes)) return true;
    throw base::UserError(fmt::format(
        "{}: is there already and is not the {} bytes of the archive; nothing is overwritten: choose another folder or "
        "remove it",
        path.string(), entry.num_bytes.value_or(0)));
  }

  void publish() {
    for (const auto& [clip, staged] : staged_) {
      fs::rename(staged, clip);
      ++imported_.num_new;
    }
    staged_.clear();
  }

  void tell(const Archive& archive) {
    progress_.update(archive.bytes_read() / kMegabyte, fmt::format("{} clips", imported_.num_new + imported_.num_kept));
  }

  const fs::path folder_;
  Imported& imported_;
  base::Progress& progress_;
  std::set<fs::path> seen_;
  std::map<fs::path, fs::path> staged_;  // Frame folders: where they go, where they are.
  int64_t num_bytes_ = 0;
  int64_t num_ignored_ = 0;
  std::string ignored_;  // The first of them.
};

}  // namespace

std::optional<EntryPlace> place_of_entry(const std::string& path, const std::string& outer_label) {
  std::vector<std::string> parts = parts_of(path);
  if (std::ranges::find(parts, "..") != parts.end())
    throw base::UserError(
        fmt::format("{}: this path in the archive leads out of it; do not trust where the archive came from", path));
  if (parts.empty() || std::ranges::any_of(parts, [](const std::string& part) {
        return part.starts_with('.') || part == "__MACOSX" || part.find('\0') != std::string::npos;
      }))
    return std::nullopt;
  const std::string file = parts.back();
  parts.pop_back();
  if (media::is_video_file(file)) {
    const std::optional<std::string> told = ucf101_class(clip_name(file));
    if (told && (parts.empty() || base::lower_case(parts.back()) != base::lower_case(*told))) parts.push_back(*told);
    if (parts.empty() && !outer_label.empty()) parts.push_back(outer_label);
    if (parts.empty()) return std::nullopt;
    return EntryPlace{class_path(parts) / file, "", ""};
  }
  if (!media::is_picture_file(file) || parts.size() < 3) return std::nullopt;
  const std::string stream = parts.back();
  if (stream != "rgb" && stream != "u" && stream != "v") return std::nullopt;
  parts.pop_back();
  const std::string clip = parts.back();
  parts.pop_back();
  return EntryPlace{class_path(parts) / clip, stream, file};
}

void unpack_archive(const fs::path& archive, const fs::path& folder, bool is_class, Imported& imported,
                    base::Progress& progress) {
  try {
    // Made by the first clip: an archive without any leaves nothing.
    Unpacking(folder, imported, progress).run(archive, is_class ? stem_of_archive(archive) : "");
  } catch (const fs::filesystem_error& error) {
    throw base::UserError(fmt::format("{}: {}; the same command goes on once that is mended",
                                      error.path1().empty() ? folder.string() : error.path1().string(),
                                      error.code().message()));
  }
}

}  // namespace gerund::data
