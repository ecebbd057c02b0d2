// data/frame_folders.h - videos to the reference toolkit's folders of pictures: frames and optical flow.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "data/dataset.h"
#include "data/probe.h"
#include "flow/estimator.h"
#include "flow/pictures.h"

namespace gerund::data {

/// What became of one clip.
struct Converted {
  Item item;
  int64_t num_frames = 0;        ///< Pictures of rgb, or pairs of u and v.
  bool was_there = false;        ///< Nothing was left to do.
  std::optional<Broken> broken;  ///< Then there is no folder.
};

/// Hears of every clip in the order of the items, from the caller's thread.
using OnConverted = std::function<void(const Converted&)>;

struct ExtractOptions {
  std::filesystem::path folder;  ///< folder/CLASS/NAME/rgb/000001.png is made; NAME is that of the video file.
  int num_workers = 2;           ///< Threads.
};

/// Decodes every frame of every clip to PNG, in its own size. Clips whose rgb/ is there are passed over, so that an
/// interrupted run goes on; notes in folder/.made tell whether it is of the same video and still whole. Returns how
/// many clips could not be read. Throws UserError where two clips would get one folder, where something else is there
/// or a picture cannot be written, Interrupted.
int64_t extract_frames(const std::vector<Item>& items, const ExtractOptions& options, const OnConverted& on_converted,
                       base::Progress& progress);

struct FlowOptions {
  std::filesystem::path folder;  ///< folder/CLASS/NAME/{u,v}/000001.jpg is made.
  flow::Method method = flow::Method::dis;
  flow::Scale scale;
  bool with_rgb = false;  ///< rgb/000001.png as well.
  bool with_flo = false;  ///< flo/flow_00000_gerund.flo as well: numbered from 0, as convert_of.py reads them.
  bool lossless = false;  ///< .png instead of .jpg.
  int num_workers = 2;    ///< Threads.
};

/// The optical flow of every clip as grey pictures: N - 1 pairs of N frames. Otherwise as extract_frames; a clip of
/// fewer than 2 frames cannot be used.
int64_t make_flow(const std::vector<Item>& items, const FlowOptions& options, const OnConverted& on_converted,
                  base::Progress& progress);

/// The same pictures from .flo files: root/CLASS/NAME/flow_00000_*.flo, or in a folder flo/ or flow/ of NAME. A picture
/// is numbered one more than the first number in the name of its file. `method`, `with_rgb` and `with_flo` are not
/// used.
int64_t convert_flo(const std::filesystem::path& root, const FlowOptions& options, const OnConverted& on_converted,
                    base::Progress& progress);

}  // namespace gerund::data
