// data/dataset.h - finds the clips of a data set folder: class/video.avi or class/video/{rgb,u,v}/000001.png.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace gerund::data {

/// Class folder name to class index, as dataset.label_map of a spec has it.
using LabelMap = std::map<std::string, int64_t>;

/// One clip of a data set: a video file or a frame folder.
struct Item {
  std::filesystem::path path;
  std::string label;            ///< Name of the class folder.
  int64_t class_index = 0;      ///< Its index in the label map.
  int64_t num_frames = 0;       ///< 0 until data/probe.h has opened the clip.
  double duration_seconds = 0;  ///< As num_frames.
};

/// What a data set folder holds. Nothing was opened yet.
struct Dataset {
  std::vector<Item> items;            ///< By class folder name, then by clip name, in byte order.
  std::vector<std::string> warnings;  ///< One sentence for each thing that was left out or is missing.
};

/// Finds the clips of the classes in `label_map` under `root`. A class folder that the map does not name, a name of the
/// map without a folder, a class without clips and stray files give warnings; names that begin with "." are passed over
/// silently. A frame folder without pictures counts as a clip, so that opening it reports it as broken.
/// Throws UserError where `root` does not exist, is an archive, a video or another file, or holds no clip of the map.
Dataset scan_dataset(const std::filesystem::path& root, const LabelMap& label_map);

/// The entries of a folder in byte order of their names, without hidden ones. Throws UserError where it cannot be read.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);
/// True for a file name that ends as archives do (.zip, .rar, .7z, .tar and its kin).
bool is_archive(const std::filesystem::path& path);
/// True for a video file, a frame folder, one with u/ and v/, and a folder that was meant as one (empty, or with an
/// empty rgb/).
bool is_clip(const std::filesystem::path& path);
/// True for a folder with at least one clip in it that is not itself a frame folder.
bool is_class_folder(const std::filesystem::path& path);

/// The label map of a folder when no spec gives one: the folders that hold clips, in byte order of their names, get 0,
/// 1, 2, ... Throws UserError as scan_dataset does.
LabelMap label_map_from_folders(const std::filesystem::path& root);

/// Throws UserError where `folder`, which is to be written, is the data set `root` or lies inside of it.
void check_lies_elsewhere(const std::filesystem::path& folder, const std::filesystem::path& root);

/// Class names by index. Throws UserError naming the class where the indices are not 0 to n - 1, each once, or the map
/// is empty.
std::vector<std::string> labels_by_index(const LabelMap& label_map);
/// The label map of class names by index (as checkpoints and models hold them). Throws UserError for a name given
/// twice.
LabelMap label_map_of(const std::vector<std::string>& labels);

}  // namespace gerund::data
