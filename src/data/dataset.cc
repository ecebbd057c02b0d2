#include "data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/lower_case.h"
#include "base/utf8.h"
#include "data/flow_source.h"
#include "media/frame_source.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLayout =
    "wanted is one folder per class with the clips in it: ROOT/class/video.avi (.avi .mp4 .mkv .mov .webm) or "
    "ROOT/class/video/rgb/000001.png (flow: u/ and v/)";

/// False for what cannot be read as well, such as a link that leads to itself.
bool is_folder(const fs::path& path) {
  std::error_code unreadable;
  return fs::is_directory(path, unreadable);
}

bool is_readable(const fs::path& folder) {
  std::error_code error;
  const fs::directory_iterator first(folder, error);
  return !error;
}

}  // namespace

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (!it->path().filename().string().starts_with('.')) entries.push_back(it->path());
  if (error) throw base::UserError(fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
  std::sort(entries.begin(), entries.end(),
            [](const fs::path& a, const fs::path& b) { return a.filename().string() < b.filename().string(); });
  return entries;
}

bool is_archive(const fs::path& path) {
  const std::string name = base::lower_case(path.filename().string());
  const auto ends_so = [&](const char* ending) { return name.ends_with(ending); };
  static constexpr const char* kEndings[] = {".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".zip", ".rar", ".7z"};
  return std::any_of(std::begin(kEndings), std::end(kEndings), ends_so);
}

namespace {

void require_folder(const fs::path& root) {
  if (root.empty()) throw base::UserError(fmt::format("no data set folder is given; {}", kLayout));
  if (!fs::exists(root)) throw base::UserError(fmt::format("{}: does not exist; {}", root.string(), kLayout));
  if (is_folder(root)) return;
  if (is_archive(root))
    throw base::UserError(fmt::format("{}: is an archive; unpack it first and give the folder", root.string()));
  if (media::is_video_file(root))
    throw base::UserError(fmt::format("{}: is one video, not a data set; {}", root.string(), kLayout));
  throw base::UserError(fmt::format("{}: is a file, not a data set folder; {}", root.string(), kLayout));
}

/// True for a folder that is a clip or was meant as one: empty, or with an empty rgb/, it is a broken clip.
bool is_clip_folder(const fs::path& path) {
  std::error_code unreadable;
  return media::is_frame_folder(path) || is_flow_folder(path) || is_folder(path / "rgb") ||
         fs::is_empty(path, unreadable);
}

}  // namespace

bool is_clip(const fs::path& path) {
  return is_folder(path) ? is_clip_folder(path) : media::is_video_file(path);
}

bool is_class_folder(const fs::path& path) {
  if (!is_folder(path) || media::is_frame_folder(path) || is_flow_folder(path)) return false;
  const std::vector<fs::path> entries = entries_of(path);
  return std::any_of(entries.begin(), entries.end(), is_clip);
}

namespace {

std::string stray_reason(const fs::path& path) {
  if (is_folder(path)) return fmt::format("{}: folder without pictures, skipped", path.string());
  if (is_archive(path)) return fmt::format("{}: is an archive, skipped; unpack it first", path.string());
  return fmt::format("{}: is neither a video nor a frame folder, skipped", path.string());
}

void scan_class(const fs::path& folder, const std::string& label, int64_t class_index, Dataset& dataset) {
  const size_t before = dataset.items.size();
  for (const fs::path& path : entries_of(folder)) {
    if (is_clip(path)) {
      dataset.items.push_back({path, label, class_index});
    } else {
      dataset.warnings.push_back(stray_reason(path));
    }
  }
  if (dataset.items.size() == before)
    dataset.warnings.push_back(fmt::format("{}: the class folder holds no clip", folder.string()));
}

std::string joined_names(const LabelMap& label_map) {
  std::string names;
  for (const auto& [label, index] : label_map) names += (names.empty() ? "" : ", ") + label;
  return names;
}

/// What the user probably meant, for a folder without any clip where clips are looked for.
std::string remedy(const fs::path& root, const LabelMap& label_map) {
  const std::vector<fs::path> entries = entries_of(root);
  if (media::is_frame_folder(root) || is_flow_folder(root) ||
      std::any_of(entries.begin(), entries.end(), media::is_video_file))
    return "; it holds pictures or videos itself: give the folder above the class folders";
  for (const fs::path& entry : entries) {
    if (!is_folder(entry)) continue;
    for (const fs::path& inner : entries_of(entry))
      if ((label_map.empty() || label_map.count(inner.filename().string()) > 0) && is_class_folder(inner))
        return fmt::format("; did you mean {}? If its folders are no classes, put their clips into {} itself",
                           entry.string(), entry.string());
  }
  return "";
}

[[noreturn]] void throw_no_clip(const fs::path& root, const LabelMap& label_map) {
  const std::string of_classes =
      label_map.empty() ? "" : fmt::format(" of the classes in the label map ({})", joined_names(label_map));
  throw base::UserError(
      fmt::format("{}: holds no clip{}; {}{}", root.string(), of_classes, kLayout, remedy(root, label_map)));
}

}  // namespace

Dataset scan_dataset(const fs::path& root, const LabelMap& label_map) {
  require_folder(root);
  Dataset dataset;
  for (const fs::path& entry : entries_of(root)) {
    const std::string name = entry.filename().string();
    const auto label = label_map.find(name);
    if (!is_folder(entry)) {
      dataset.warnings.push_back(fmt::format("{}: lies beside the class folders, skipped", entry.string()));
    } else if (label == label_map.end() && is_readable(entry) && !is_class_folder(entry)) {
      dataset.warnings.push_back(
          fmt::format("{}: is no class folder, for it holds no clip itself; skipped", entry.string()));
    } else if (label == label_map.end()) {
      dataset.warnings.push_back(fmt::format("{}: class \"{}\" is not in the label map ({}), skipped", entry.string(),
                                             name, joined_names(label_map)));
    } else {
      scan_class(entry, name, label->second, dataset);
    }
  }
  for (const auto& [label, class_index] : label_map)
    if (!is_folder(root / label))
      dataset.warnings.push_back(fmt::format("{}: has no folder for class \"{}\"", root.string(), label));
  if (dataset.items.empty()) throw_no_clip(root, label_map);
  return dataset;
}

LabelMap label_map_from_folders(const fs::path& root) {
  require_folder(root);
  LabelMap label_map;
  for (const fs::path& entry : entries_of(root))
    if (is_class_folder(entry)) {
      if (!base::is_utf8(entry.filename().string()))
        throw base::UserError(fmt::format(
            "{}: the name of the class is not UTF-8 text, which models keep; rename the folder", entry.string()));
      label_map.emplace(entry.filename().string(), static_cast<int64_t>(label_map.size()));
    }
  if (label_map.empty()) throw_no_clip(root, label_map);
  return label_map;
}

void check_lies_elsewhere(const fs::path& folder, const fs::path& root) {
  if (!is_folder(root)) return;
  const fs::path inside = fs::relative(fs::weakly_canonical(fs::absolute(folder)), fs::canonical(root));
  if (inside.empty() || *inside.begin() == "..") return;
  throw base::UserError(fmt::format("{}: {}; choose a folder elsewhere", folder.string(),
                                    inside == "." ? "is the data set itself" : "lies inside of " + root.string()));
}

std::vector<std::string> labels_by_index(const LabelMap& label_map) {
  if (label_map.empty()) throw base::UserError("dataset.label_map: is empty; give every class folder an index from 0");
  const auto count = static_cast<int64_t>(label_map.size());
  std::vector<std::string> labels(label_map.size());
  std::vector<bool> taken(label_map.size());
  for (const auto& [label, index] : label_map) {
    if (index < 0 || index >= count)
      throw base::UserError(
          fmt::format("dataset.label_map: class \"{}\" has index {}; the indices of {} classes are 0 "
                      "to {}",
                      label, index, count, count - 1));
    const auto at = static_cast<size_t>(index);
    if (taken[at])
      throw base::UserError(
          fmt::format("dataset.label_map: classes \"{}\" and \"{}\" have the same index {}; give "
                      "every class its own",
                      labels[at], label, index));
    labels[at] = label;
    taken[at] = true;
  }
  return labels;
}

LabelMap label_map_of(const std::vector<std::string>& labels) {
  LabelMap label_map;
  for (const std::string& label : labels)
    if (!label_map.emplace(label, static_cast<int64_t>(label_map.size())).second)
      throw base::UserError(fmt::format("labels: class \"{}\" is given twice", label));
  return label_map;
}

}  // namespace gerund::data
