// data/item_inputs.h - what the inputs of a network see of one video of a data set: colour, flow, or both.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "clip/assemble.h"
#include "clip/recipe.h"
#include "clip/resizing.h"
#include "clip/sampler.h"
#include "data/clip_cache.h"
#include "data/dataset.h"
#include "data/item_frames.h"

namespace gerund::data {

/// Threads: none; the cache may be shared.
/// Owns:    the open videos or frame files, one for each input.
class ItemInputs {
 public:
  /// `resizings`: one for each recipe. `cache` may be nullptr, and must outlive this. Throws UserError where the video
  /// does not open, or a joint network would see flow that goes on after the colour frames.
  ItemInputs(const Item& item, const clip::Recipes& recipes, std::span<const clip::Resizing> resizings,
             ClipCache* cache);

  /// Of what all inputs see: frames, or pairs of flow pictures.
  int64_t num_frames() const { return num_frames_; }

  /// Puts the frames of clip i, of indices in [0, num_frames), into the assemblies of clip i, one for each input.
  /// Throws as ItemFrames::put does.
  void put(std::span<const clip::ClipIndices> clips, std::span<std::vector<clip::Assembly>> assemblies);

 private:
  std::vector<ItemFrames> streams_;  // One for each input.
  int64_t num_frames_ = 0;
};

/// The frames of an item that all inputs see, where each sees `counts`. Throws UserError naming the item where there is
/// less colour than flow: flow i is the motion from frame i on.
int64_t num_frames_of(const Item& item, std::span<const int64_t> counts);

/// The resizing of each recipe, as training does it with `augment`, else as evaluation does.
std::vector<clip::Resizing> resizings_of(const clip::Recipes& recipes, const clip::Augment* augment);

}  // namespace gerund::data
