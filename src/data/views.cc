#include "data/views.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/error.h"
#include "clip/assemble.h"
#include "data/item_inputs.h"

namespace gerund::data {
namespace {

constexpr size_t kClipsPerPart = 16;

}  // namespace

ViewLoader::ViewLoader(std::vector<Item> items, clip::Recipes recipes, const ViewOptions& options)
    : items_(std::move(items)), recipes_(std::move(recipes)), options_(options) {
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
  const size_t count = clip::sample_view(recipes_, options_.view, item.num_frames, options_.num_segments).size();
  for (size_t first = 0; first < count; first += kClipsPerPart) {
    const size_t stop = std::min(count, first + kClipsPerPart);
    parts_.push_back({item_index, first, stop, stop == count});
  }
}

ViewClips ViewLoader::make_part(const Part& part) const {
  const Item& item = items_[static_cast<size_t>(part.item_index)];
  const auto view = clip::sample_view(recipes_, options_.view, item.num_frames, options_.num_segments);
  ViewClips made{part.item_index, {}, part.last, std::nullopt};
  try {
    ItemInputs frames(item, recipes_, resizings_of(recipes_, nullptr), options_.cache);
    if (frames.num_frames() != item.num_frames)
      throw base::UserError(fmt::format("{}: has {} frames now and had {} when it was checked", item.path.string(),
                                        frames.num_frames(), item.num_frames));
    const auto wanted = std::span(view).subspan(part.first, part.stop - part.first);
    std::vector<std::vector<clip::Assembly>> assemblies(wanted.size());
    for (size_t c = 0; c < wanted.size(); ++c)
      for (size_t i = 0; i < recipes_.size(); ++i)
        assemblies[c].emplace_back(recipes_[i], static_cast<int64_t>(wanted[c][i].size()));
    frames.put(wanted, assemblies);
    for (std::vector<clip::Assembly>& clip : assemblies) {
      made.clips.emplace_back();
      for (clip::Assembly& assembly : clip) made.clips.back().push_back(assembly.take());
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
