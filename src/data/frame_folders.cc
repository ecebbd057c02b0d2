#include "data/frame_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/workers.h"
#include "data/clip_folder.h"
#include "data/clip_names.h"
#include "draw/png.h"
#include "flow/flo_file.h"
#include "media/frame_source.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxPictures = 999999;  // Their names have six digits.

/// The streams of a clip, and how they are made.
using Streams = std::map<std::string, std::string>;
/// Makes the streams of one clip; returns their number of pictures.
using Convert = std::function<int64_t(const Item&, ClipFolder&)>;

void stop_if_interrupted() {
  if (base::interrupted()) throw base::Interrupted("interrupted; the same command goes on from here");
}

fs::path folder_of(const fs::path& folder, const Item& item) {
  return folder / item.label / clip_name(item.path);
}

void check_targets(const std::vector<Item>& items, const fs::path& folder) {
  std::map<fs::path, const Item*> seen;
  for (const Item& item : items) {
    if (!fs::is_directory(item.path) && fs::exists(folder / item.label) &&
        fs::equivalent(folder / item.label, item.path.parent_path()))
      throw base::UserError(
          fmt::format("{}: the folder of pictures would lie beside it and double the clip; choose "
                      "another folder",
                      item.path.string()));
    const auto [found, is_new] = seen.emplace(folder_of(folder, item), &item);
    if (!is_new)
      throw base::UserError(fmt::format("{} and {} would both become {}; rename one", found->second->path.string(),
                                        item.path.string(), found->first.string()));
  }
}

/// Another file of the same name is mostly of another size.
std::string identity_of(const fs::path& path) {
  std::error_code is_folder;
  const uintmax_t size = fs::file_size(path, is_folder);
  const std::string name = path.filename().string();
  return is_folder ? name : fmt::format("{} ({} bytes)", name, size);
}

/// A mistake of the clip, not of the disk, leaves it broken.
Converted convert_one(const Item& item, const fs::path& folder, const Streams& streams, const Convert& convert) {
  Converted done{item, 0, false, std::nullopt};
  const fs::path target = folder_of(folder, item);
  Streams making;
  for (const auto& [stream, how] : streams) making[stream] = how + " of " + identity_of(item.path);
  if (has_streams(target, making)) {
    done.was_there = true;
    const std::string counted = streams.contains("u") ? "u" : "rgb";
    done.num_frames = static_cast<int64_t>(entries_of(target / counted).size());
    return done;
  }
  ClipFolder clip(target);
  try {
    done.num_frames = convert(item, clip);
  } catch (const CannotWrite&) {
    throw;
  } catch (const base::UserError& error) {
    done.broken = make_broken(item.path, error);
    return done;
  }
  clip.publish(making);
  return done;
}

int64_t convert_all(const std::vector<Item>& items, const fs::path& folder, int num_workers, const Streams& streams,
                    const Convert& convert, const OnConverted& on_converted, const char* title,
                    base::Progress& progress) {
  check_targets(items, folder);
  const auto count = static_cast<int64_t>(items.size());
  progress.start(title, count, "clip");
  base::OrderedWorkers<Converted> workers(count, num_workers, 16, [&](int64_t i) {
    return convert_one(items[static_cast<size_t>(i)], folder, streams, convert);
  });
  int64_t num_broken = 0, num_frames = 0;
  for (int64_t done = 1; const std::optional<Converted> converted = workers.next(); ++done) {
    on_converted(*converted);
    num_broken += converted->broken ? 1 : 0;
    num_frames += converted->num_frames;
    progress.update(done, fmt::format("{} frames", num_frames));
  }
  progress.finish();
  return num_broken;
}

void write_pair(ClipFolder& clip, const FlowOptions& options, int64_t index, const flow::Field& field) {
  const std::string extension = options.lossless ? ".png" : ".jpg";
  const flow::FlowPictures pictures = flow::to_pictures(field, options.scale);
  clip.write("u", picture_name(index, extension), flow::encode(pictures.u, extension));
  clip.write("v", picture_name(index, extension), flow::encode(pictures.v, extension));
}

int64_t flow_of_clip(const Item& item, const FlowOptions& options, ClipFolder& clip) {
  const auto source = media::open_source(item.path);
  flow::Estimator estimator(options.method);
  int64_t num_frames = 0;
  for (; const std::optional<tensor::Frame> frame = source->next(); ++num_frames) {
    stop_if_interrupted();
    if (options.with_rgb) clip.write("rgb", picture_name(num_frames, ".png"), draw::encode_png(*frame));
    const std::optional<flow::Field> field = estimator.push(*frame);
    if (!field) continue;
    write_pair(clip, options, num_frames - 1, *field);
    if (options.with_flo)
      clip.write("flo", fmt::format("flow_{:05}_gerund.flo", num_frames - 1), flow::flo_bytes(*field));
  }
  if (num_frames < 2)
    throw base::UserError(fmt::format("{}: has {} frame; optical flow wants two", item.path.string(), num_frames));
  return num_frames - 1;
}

Streams flow_streams(const FlowOptions& options, const std::string& how) {
  const double clamp = options.scale.clamp_pixels;
  const std::string pictures = fmt::format("{}, {}{}", how, options.lossless ? "png" : "jpg",
                                           clamp > 0 ? fmt::format(", cut to {} pixels", clamp) : "");
  return {{"u", pictures}, {"v", pictures}};
}

/// The .flo files of a clip by the number of their picture, from 0.
std::map<int64_t, fs::path> flo_files(const fs::path& clip) {
  std::map<int64_t, fs::path> files;
  for (const fs::path& folder : {clip, clip / "flo", clip / "flow"}) {
    if (!fs::is_directory(folder)) continue;
    for (const fs::path& file : entries_of(folder)) {
      if (file.extension() != ".flo") continue;
      const std::string name = file.stem().string();
      const auto digit = std::ranges::find_if(name, [](unsigned char c) { return std::isdigit(c); });
      int64_t number = 0;
      const char* end = name.data() + name.size();
      const auto read = std::from_chars(name.data() + (digit - name.begin()), end, number);
      if (read.ec != std::errc() || number >= kMaxPictures)
        throw base::UserError(
            fmt::format("{}: its name has no number of a frame; as in flow_00012_x.flo", file.string()));
      if (!files.emplace(number, file).second)
        throw base::UserError(fmt::format("{} and {} have the same number", files[number].string(), file.string()));
    }
  }
  return files;
}

/// Pictures are taken by their order: after a gap, flow would be that of other frames.
void require_no_gap(const fs::path& clip, const std::map<int64_t, fs::path>& files) {
  int64_t expected = files.begin()->first;
  for (const auto& [number, file] : files) {
    if (number != expected)
      throw base::UserError(fmt::format("{}: {} is missing, the next is {}; make the flow of this clip anew",
                                        clip.string(), fmt::format("flow_{:05}", expected), file.filename().string()));
    ++expected;
  }
}

std::vector<Item> flo_clips(const fs::path& root) {
  if (!fs::is_directory(root)) throw base::UserError(fmt::format("{}: is no folder", root.string()));
  std::vector<Item> items;
  for (const fs::path& label : entries_of(root)) {
    if (!fs::is_directory(label)) continue;
    for (const fs::path& clip : entries_of(label))
      if (fs::is_directory(clip) && !flo_files(clip).empty()) items.push_back({clip, label.filename().string()});
  }
  if (items.empty()) throw base::UserError(fmt::format("{}: holds no CLASS/CLIP/flow_00000_x.flo", root.string()));
  return items;
}

}  // namespace

int64_t extract_frames(const std::vector<Item>& items, const ExtractOptions& options, const OnConverted& on_converted,
                       base::Progress& progress) {
  const Convert convert = [](const Item& item, ClipFolder& clip) {
    const auto source = media::open_source(item.path);
    int64_t index = 0;
    for (; const std::optional<tensor::Frame> frame = source->next(); ++index) {
      stop_if_interrupted();
      clip.write("rgb", picture_name(index, ".png"), draw::encode_png(*frame));
    }
    return index;
  };
  return convert_all(items, options.folder, options.num_workers, {{"rgb", "frames"}}, convert, on_converted,
                     "Extracting", progress);
}

int64_t make_flow(const std::vector<Item>& items, const FlowOptions& options, const OnConverted& on_converted,
                  base::Progress& progress) {
  flow::to_pictures(flow::Field(1, 1), options.scale);  // A wrong scale is no fault of the clips.
  Streams streams = flow_streams(options, fmt::format("flow by {}", flow::name_of(options.method)));
  if (options.with_rgb) streams["rgb"] = "frames";
  if (options.with_flo) streams["flo"] = fmt::format("flow by {}", flow::name_of(options.method));
  const Convert convert = [&](const Item& item, ClipFolder& clip) { return flow_of_clip(item, options, clip); };
  return convert_all(items, options.folder, options.num_workers, streams, convert, on_converted, "Optical flow",
                     progress);
}

int64_t convert_flo(const fs::path& root, const FlowOptions& options, const OnConverted& on_converted,
                    base::Progress& progress) {
  flow::to_pictures(flow::Field(1, 1), options.scale);
  const Convert convert = [&](const Item& item, ClipFolder& clip) {
    const std::map<int64_t, fs::path> files = flo_files(item.path);
    require_no_gap(item.path, files);
    for (const auto& [number, file] : files) {
      stop_if_interrupted();
      write_pair(clip, options, number, flow::read_flo(file));
    }
    return static_cast<int64_t>(files.size());
  };
  return convert_all(flo_clips(root), options.folder, options.num_workers, flow_streams(options, "flow from .flo"),
                     convert, on_converted, "Optical flow", progress);
}

}  // namespace gerund::data
