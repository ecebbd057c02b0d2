#include "data/views.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/error.h"
#include "clip/assemble.h"
#include "data/item_frames.h"

namespace gerund::data {
namespace {

constexpr size_t kClipsPerPart = 16;

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
    ItemFrames frames(item, recipe_, clip::Resizing(recipe_), options_.cache);
    if (frames.num_frames() != item.num_frames)
      throw base::UserError(fmt::format("{}: has {} frames now and had {} when it was checked", item.path.string(),
                                        frames.num_frames(), item.num_frames));
    const auto wanted = std::span(view).subspan(part.first, part.stop - part.first);
    std::vector<clip::Assembly> assemblies;
    for (const clip::FrameIndices& clip : wanted) assemblies.emplace_back(recipe_, static_cast<int64_t>(clip.size()));
    frames.put(wanted, assemblies);
    for (clip::Assembly& assembly : assemblies) made.clips.push_back(assembly.take());
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
