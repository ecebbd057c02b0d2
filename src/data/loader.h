// data/loader.h - batches for training: clips decoded, cropped and normalised in worker threads ahead of the network.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/workers.h"
#include "clip/assemble.h"
#include "clip/recipe.h"
#include "clip/resizing.h"
#include "data/clip_cache.h"
#include "data/dataset.h"
#include "data/probe.h"
#include "tensor/tensor.h"

namespace gerund::data {

/// One of several processes that share the batches of an epoch.
struct Shard {
  int index = 0;  ///< [0, count).
  int count = 1;
};

struct LoaderOptions {
  int64_t batch_size = 2;        ///< Clips, >= 1; of each shard.
  int64_t clips_per_video = 1;   ///< >= 1; an epoch takes every video so many times.
  int num_workers = 2;           ///< Threads that make clips, >= 0; 0: next() makes them itself.
  bool shuffle = true;           ///< A new order every epoch; false: the order of the items.
  bool balance_classes = false;  ///< With shuffle: every class is drawn equally often, whatever its number of clips.
  bool strict = false;           ///< A clip that breaks in decoding ends the run instead of being left out.
  uint64_t seed = 1234;          ///< With `epoch` decides the order and every random choice.
  int64_t epoch = 0;             ///< >= 0.
  /// A multiple of 4, >= 0. With augment, every batch draws what its clips have before the recipe's T frames: one in
  /// four nothing, one in four frames of the same video (4, 8, ..., T), two in four other clips of the batch (4, 8,
  /// ..., history_frames). For networks of one volume; pictures have none.
  int64_t history_frames = 0;
  ClipCache* cache = nullptr;  ///< Keeps decoded videos for later epochs; changes no bit. Must outlive the loader.
  int64_t first_batch = 0;     ///< Batches before this one are passed over (to go on in the middle of an epoch).
  /// The batches of all shards together, in the order of the shards, are those of one loader with batch_size * count.
  Shard shard;
};

/// Frames before all clips of a batch, of all shards alike: of the clip's own video, or of other clips. One is 0.
struct History {
  int64_t of_video = 0;   ///< Part of the batch's inputs.
  int64_t of_others = 0;  ///< To be put before them by who has the clips of all shards (train/history.h).
};

/// Some clips of an epoch. With several shards a batch may be empty: the others may have clips of it.
struct Batch {
  std::vector<tensor::Tensor> inputs;  ///< float32 [N, ...] for each input of the network, N <= batch_size; volumes
                                       ///< have history.of_video + T frames.
  std::vector<int64_t> class_indices;  ///< N class indices.
  std::vector<int64_t> item_indices;   ///< N positions in the items given.
  int64_t index = 0;                   ///< Place in the epoch, from 0.
  History history;                     ///< Also where the batch is empty.
};

/// The batches of one epoch, the same bytes in the same order for the same (items, recipes, augment, options) whatever
/// num_workers is. Workers start at construction: making the next epoch's loader early hides its start.
///
/// Threads: use from one thread; makes options.num_workers of its own.
/// Owns:    at most two batches of clips that wait (num_workers where that is more).
class ClipLoader {
 public:
  /// With `augment`, clips are sampled, cropped and flipped as training does; without, they are the center view.
  /// Throws UserError for an option out of range and for a data set without items.
  ClipLoader(std::vector<Item> items, clip::Recipes recipes, std::optional<clip::Augment> augment,
             const LoaderOptions& options);

  /// The next batch, or nullopt at the end of the epoch. A clip that does not decode is left out of its batch and
  /// listed in broken(); a batch of which nothing is left is passed over. With options.strict throws UserError naming
  /// the clip.
  std::optional<Batch> next();

  /// Batches of the epoch, those before first_batch included.
  int64_t num_batches() const { return num_batches_; }
  /// Seconds that the consumer has spent in next() so far.
  double wait_seconds() const { return wait_seconds_; }
  /// Clips left out so far, each once.
  const std::vector<Broken>& broken() const { return broken_; }

 private:
  struct Sample {
    std::vector<tensor::Tensor> clip;  // float32, for each input.
    std::optional<Broken> broken;
  };

  Sample make_sample(int64_t position) const;
  size_t item_at(int64_t position) const;
  History history_of(int64_t batch) const;
  int64_t first_position(int64_t batch) const;
  int64_t positions_in(int64_t batch) const;
  std::optional<Batch> take_batch();
  void note_broken(Broken broken);

  const std::vector<Item> items_;
  const clip::Recipes recipes_;
  const std::optional<clip::Augment> augment_;
  const LoaderOptions options_;
  const std::vector<clip::Resizing> resizings_;
  std::vector<int64_t> order_;  // The epoch's positions to [0, items * clips_per_video).
  int64_t num_batches_ = 0;
  int64_t next_batch_ = 0;
  double wait_seconds_ = 0;
  std::vector<Broken> broken_;
  std::unique_ptr<base::OrderedWorkers<Sample>> workers_;  // Last: its threads read what stands above.
};

}  // namespace gerund::data
