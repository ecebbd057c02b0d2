#include "data/import.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "data/clip_names.h"
#include "data/dataset.h"
#include "data/import_sources.h"
#include "media/frame_source.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

/// What is to be done with a folder: clips to place and archives to unpack.
struct Plan {
  std::vector<Placement> clips;
  std::vector<fs::path> archives;
  std::vector<std::string> warnings;
};

bool has_class_folders(const fs::path& folder) {
  const std::vector<fs::path> entries = entries_of(folder);
  return std::any_of(entries.begin(), entries.end(), is_class_folder);
}

void plan_folder(const fs::path& folder, const fs::path& prefix, Plan& plan) {
  for (const fs::path& entry : entries_of(folder)) {
    const std::string name = entry.filename().string();
    if (fs::is_directory(entry) && is_class_folder(entry)) {
      for (const fs::path& clip : entries_of(entry)) {
        if (is_clip(clip)) {
          plan.clips.push_back({clip, prefix / name / clip.filename()});
        } else {
          plan.warnings.push_back(fmt::format("{}: is neither a video nor a frame folder, left out", clip.string()));
        }
      }
    } else if (fs::is_directory(entry) && prefix.empty() && is_split_name(name) && has_class_folders(entry)) {
      plan_folder(entry, name, plan);
    } else if (const auto label = ucf101_class(clip_name(entry)); label && media::is_video_file(entry)) {
      plan.clips.push_back({entry, prefix / *label / name});
    } else if (!fs::is_directory(entry) && is_archive(entry)) {
      plan.archives.push_back(entry);
    } else {
      plan.warnings.push_back(
          fmt::format("{}: holds no clip that the name of a class goes with, left out", entry.string()));
    }
  }
}

void place_clips(const std::vector<Placement>& clips, const ImportOptions& options, Imported& imported,
                 base::Progress& progress) {
  const Placed placed = place_all(clips, options.folder, options.placing.value_or(Placing::link), progress);
  imported.num_new += placed.num_new;
  imported.num_kept += placed.num_kept;
}

void import_folder(const ImportOptions& options, Imported& imported, base::Progress& progress) {
  Plan plan;
  plan_folder(options.source, {}, plan);
  if (plan.clips.empty() && plan.archives.empty()) label_map_from_folders(options.source);  // Says what is wrong.
  if (options.placing == Placing::link && !plan.archives.empty())
    throw base::UserError(fmt::format("--link: {} is an archive, whose clips can only be copied; leave --link out",
                                      plan.archives.front().string()));
  std::erase_if(plan.clips, [&](const Placement& clip) {
    if (fs::exists(clip.source)) return false;
    plan.warnings.push_back(clip.source.string() + ": is a link to nothing, left out");
    return true;
  });
  if (!plan.clips.empty()) place_clips(plan.clips, options, imported, progress);
  for (const fs::path& archive : plan.archives) unpack_archive(archive, options.folder, true, imported, progress);
  imported.warnings.insert(imported.warnings.end(), plan.warnings.begin(), plan.warnings.end());
}

void check_folders(const ImportOptions& options) {
  if (options.folder.empty()) throw base::UserError("no folder is given in which the data set is to be made");
  if (!fs::exists(options.source))
    throw base::UserError(fmt::format(
        "{}: does not exist; wanted is an archive, a folder or a table of Kinetics (.csv)", options.source.string()));
  if (fs::exists(options.folder) && !fs::is_directory(options.folder))
    throw base::UserError(fmt::format("{}: is a file; name a folder", options.folder.string()));
  check_lies_elsewhere(options.folder, options.source);
}

}  // namespace

bool is_split_name(const std::string& name) {
  return name == "train" || name == "val" || name == "valid" || name == "validation" || name == "test";
}

Imported import_dataset(const ImportOptions& options, base::Progress& progress) {
  check_folders(options);
  Imported imported;
  if (fs::is_directory(options.source)) {
    import_folder(options, imported, progress);
  } else if (options.source.extension() == ".csv") {
    const fs::path videos = options.videos.empty() ? fs::absolute(options.source).parent_path() : options.videos;
    const std::vector<Placement> clips = plan_table(options.source, videos, imported.warnings);
    place_clips(clips, options, imported, progress);
  } else if (media::is_video_file(options.source)) {
    throw base::UserError(
        fmt::format("{}: is one video; put it into a folder named after its class, and give the "
                    "folder above that",
                    options.source.string()));
  } else {
    if (options.placing == Placing::link)
      throw base::UserError(
          fmt::format("--link: {} is no folder, and the clips of an archive can only be copied; leave "
                      "--link out",
                      options.source.string()));
    unpack_archive(options.source, options.folder, false, imported, progress);
  }
  if (imported.num_new + imported.num_kept == 0)
    throw base::UserError(
        fmt::format("{}: holds no clip; wanted are videos (.avi .mp4 .mkv .mov .webm) in folders "
                    "named after their classes",
                    options.source.string()));
  return imported;
}

}  // namespace gerund::data
