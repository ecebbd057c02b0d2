#include "data/item_inputs.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "base/error.h"

namespace gerund::data {

ItemInputs::ItemInputs(const Item& item, const clip::Recipes& recipes, std::span<const clip::Resizing> resizings,
                       ClipCache* cache) {
  std::vector<int64_t> counts;
  for (size_t i = 0; i < recipes.size(); ++i) {
    streams_.emplace_back(item, recipes[i], resizings[i], cache);
    counts.push_back(streams_.back().num_frames());
  }
  num_frames_ = num_frames_of(item, counts);
}

void ItemInputs::put(std::span<const clip::ClipIndices> clips, std::span<std::vector<clip::Assembly>> assemblies) {
  for (size_t i = 0; i < streams_.size(); ++i) {
    std::vector<clip::FrameIndices> wanted;
    std::vector<clip::Assembly> made;
    for (size_t c = 0; c < clips.size(); ++c) {
      wanted.push_back(clips[c][i]);
      made.push_back(std::move(assemblies[c][i]));
    }
    streams_[i].put(wanted, made);
    for (size_t c = 0; c < clips.size(); ++c) assemblies[c][i] = std::move(made[c]);
  }
}

int64_t num_frames_of(const Item& item, std::span<const int64_t> counts) {
  if (counts.front() < counts.back())
    throw base::UserError(
        fmt::format("{}: has {} colour frames and {} pairs of flow pictures; flow is the motion from each frame to the "
                    "next, so that there are as many frames or more",
                    item.path.string(), counts.front(), counts.back()));
  return counts.back();
}

std::vector<clip::Resizing> resizings_of(const clip::Recipes& recipes, const clip::Augment* augment) {
  std::vector<clip::Resizing> resizings;
  for (const clip::Recipe& recipe : recipes)
    resizings.push_back(augment != nullptr ? clip::Resizing(recipe, *augment) : clip::Resizing(recipe));
  return resizings;
}

}  // namespace gerund::data
