#include "data/views.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/error.h"
#include "clip/assemble.h"
#include "media/frame_source.h"

namespace gerund::data {
namespace {

constexpr size_t kClipsPerPart = 16;
constexpr size_t kFrameBytesAtOnce = size_t{128} << 20;

/// Clips of one video, each frame that they share decoded once.
void read_clips(media::FrameSource& source, const clip::Recipe& recipe, std::span<const clip::FrameIndices> wanted,
                std::vector<tensor::Tensor>& clips) {
  if (wanted.size() == 1) return clips.push_back(clip::assemble(recipe, source.read(wanted.front())));
  std::vector<int64_t> indices;
  for (const clip::FrameIndices& clip : wanted) indices.insert(indices.end(), clip.begin(), clip.end());
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  const std::vector<tensor::Frame> frames = source.read(indices);
  for (const clip::FrameIndices& clip : wanted) {
    std::vector<tensor::Frame> of_clip;
    for (int64_t index : clip)
      of_clip.push_back(
          frames[static_cast<size_t>(std::lower_bound(indices.begin(), indices.end(), index) - indices.begin())]);
    clips.push_back(clip::assemble(recipe, of_clip));
  }
}

/// How many clips to decode at once, so that large frames do not fill the memory; at least one.
size_t clips_at_once(const media::SourceInfo& info, const clip::FrameIndices& clip) {
  const size_t bytes = static_cast<size_t>(info.width) * static_cast<size_t>(info.height) * 3 * clip.size();
  return std::max<size_t>(1, kFrameBytesAtOnce / std::max<size_t>(bytes, 1));
}

}  // namespace

ViewLoader::ViewLoader(std::vector<Item> items, clip::Recipe recipe, const ViewOptions& options)
    : items_(std::move(items)), recipe_(std::move(recipe)), options_(options) {
  if (options_.num_segments < 1)
    throw base::UserError(fmt::format("video_num_segments: is {}; allowed is 1 or more", options_.num_segments));
  if (options_.num_workers < 0)
    throw base::UserError(fmt::format("dataset.workers: is {}; allowed is 0 or more", options_.num_workers));
  for (int64_t i = 0; i < static_cast<int64_t>(items_.size()); ++i) plan_parts(i);
  workers_ = std::make_unique<base::OrderedWorkers<ViewClips>>(
      static_cast<int64_t>(parts_.size()), options_.num_workers, options_.num_workers + 1,
      [this](int64_t i) { return make_part(parts_[static_cast<size_t>(i)]); });
}

void ViewLoader::plan_parts(int64_t item_index) {
  const Item& item = items_[static_cast<size_t>(item_index)];
  if (item.num_frames < 1) throw base::InternalError(fmt::format("{}: was not probed", item.path.string()));
  const size_t count = clip::sample_view(recipe_, options_.view, item.num_frames, options_.num_segments).size();
  for (size_t first = 0; first < count; first += kClipsPerPart) {
    const size_t stop = std::min(count, first + kClipsPerPart);
    parts_.push_back({item_index, first, stop, stop == count});
  }
}

ViewClips ViewLoader::make_part(const Part& part) const {
  const Item& item = items_[static_cast<size_t>(part.item_index)];
  const auto view = clip::sample_view(recipe_, options_.view, item.num_frames, options_.num_segments);
  ViewClips made{part.item_index, {}, part.last, std::nullopt};
  try {
    const auto source = media::open_source(item.path);
    if (source->info().num_frames != item.num_frames)
      throw base::UserError(fmt::format("{}: has {} frames now and had {} when it was checked", item.path.string(),
                                        source->info().num_frames, item.num_frames));
    for (size_t first = part.first; first < part.stop;) {
      const size_t stop = std::min(part.stop, first + clips_at_once(source->info(), view[first]));
      read_clips(*source, recipe_, std::span(view).subspan(first, stop - first), made.clips);
      first = stop;
    }
  } catch (const base::UserError& error) {
    made.clips.clear();
    made.broken = make_broken(item.path, error);
  }
  return made;
}

std::optional<ViewClips> ViewLoader::next() {
  return workers_->next();
}

}  // namespace gerund::data
