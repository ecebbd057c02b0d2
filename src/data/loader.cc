#include "data/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/random.h"
#include "clip/sampler.h"
#include "data/item_inputs.h"
#include "data/stack.h"
#include "spec/experiment.h"

namespace gerund::data {
namespace {

constexpr int64_t kBatchesAhead = 2;  // Of the one who takes them, at most: bounds the memory.

void require_at_least(const char* name, int64_t value, int64_t lowest) {
  if (value < lowest) throw base::UserError(fmt::format("{}: is {}; allowed is {} or more", name, value, lowest));
}

void check(const LoaderOptions& options) {
  require_at_least("dataset.batch_size", options.batch_size, 1);
  require_at_least("dataset.clips_per_video", options.clips_per_video, 1);
  require_at_least("dataset.workers", options.num_workers, 0);
  require_at_least("model.history_frames", options.history_frames, 0);
  require_at_least("epoch", options.epoch, 0);
  require_at_least("first_batch", options.first_batch, 0);
  if (options.shard.index < 0 || options.shard.index >= options.shard.count)
    throw base::InternalError("a loader was asked for a shard that does not exist");
}

std::vector<int64_t> shuffled(const std::vector<int64_t>& values, base::Random& random) {
  std::vector<int64_t> result;
  for (const int64_t i : random.permutation(static_cast<int64_t>(values.size())))
    result.push_back(values[static_cast<size_t>(i)]);
  return result;
}

/// Positions of clips so that classes come equally often: each in a shuffled order of its own, again and again.
std::vector<int64_t> balanced_order(const std::vector<Item>& items, int64_t count, base::Random random) {
  std::map<int64_t, std::vector<int64_t>> by_class;
  for (size_t i = 0; i < items.size(); ++i) by_class[items[i].class_index].push_back(static_cast<int64_t>(i));
  std::vector<std::vector<int64_t>> classes;
  classes.reserve(by_class.size());
  for (auto& [index, positions] : by_class) classes.push_back(std::move(positions));
  std::vector<int64_t> order;
  for (int64_t turn = 0; static_cast<int64_t>(order.size()) < count; ++turn) {
    for (std::vector<int64_t>& positions : classes) {
      const auto size = static_cast<int64_t>(positions.size());
      if (turn % size == 0) positions = shuffled(positions, random);
      order.push_back(positions[static_cast<size_t>(turn % size)]);
    }
  }
  order.resize(static_cast<size_t>(count));
  return shuffled(order, random);
}

std::vector<int64_t> order_of(const std::vector<Item>& items, int64_t count, const LoaderOptions& options) {
  auto random = base::Random::keyed({options.seed, static_cast<uint64_t>(options.epoch)});
  if (options.shuffle && options.balance_classes) return balanced_order(items, count, random);
  if (options.shuffle) return random.permutation(count);
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace

ClipLoader::ClipLoader(std::vector<Item> items, clip::Recipes recipes, std::optional<clip::Augment> augment,
                       const LoaderOptions& options)
    : items_(std::move(items)),
      recipes_(std::move(recipes)),
      augment_(std::move(augment)),
      options_(options),
      resizings_(resizings_of(recipes_, augment_ ? &*augment_ : nullptr)) {
  check(options_);
  if (items_.empty()) throw base::UserError("the data set holds no clips that can be used");
  const int64_t count = static_cast<int64_t>(items_.size()) * options_.clips_per_video;
  order_ = order_of(items_, count, options_);
  const int64_t whole_batch = options_.batch_size * options_.shard.count;
  num_batches_ = (count + whole_batch - 1) / whole_batch;
  next_batch_ = std::min(options_.first_batch, num_batches_);
  // Work is dealt out by the clip, not by the batch: all threads share one batch, so the first is ready soonest and a
  // slow video holds up one thread only.
  int64_t num_samples = 0;
  for (int64_t batch = next_batch_; batch < num_batches_; ++batch) num_samples += positions_in(batch);
  const int64_t ahead = std::max<int64_t>(kBatchesAhead * options_.batch_size, options_.num_workers);
  workers_ = std::make_unique<base::OrderedWorkers<Sample>>(
      num_samples, options_.num_workers, ahead, [this, first = next_batch_](int64_t i) {
        const int64_t batch = first + i / options_.batch_size;
        return make_sample(first_position(batch) + i % options_.batch_size);
      });
}

size_t ClipLoader::item_at(int64_t position) const {
  return static_cast<size_t>(order_[static_cast<size_t>(position)]) % items_.size();
}

// All clips of a batch have the same length; it follows from the place in the run alone, as everything does.
History ClipLoader::history_of(int64_t batch) const {
  constexpr uint64_t kHistoryDraw = 0x68697374;  // Keeps these draws apart from those of clips.
  if (options_.history_frames == 0 || recipes_.front().input_type != clip::InputType::volume_3d) return {};
  auto random = base::Random::keyed(
      {options_.seed, static_cast<uint64_t>(options_.epoch), static_cast<uint64_t>(batch), kHistoryDraw});
  const auto draw = [&](int64_t most) {
    return spec::kPositionFrames * (1 + random.below(std::max<int64_t>(1, most / spec::kPositionFrames)));
  };
  const int64_t kind = random.below(4);
  if (kind == 0) return {};
  if (kind == 1) return {draw(std::min<int64_t>(options_.history_frames, recipes_.front().num_frames)), 0};
  return {0, draw(options_.history_frames)};
}

ClipLoader::Sample ClipLoader::make_sample(int64_t position) const {
  const base::Uninterrupted to_its_end;  // Who trains stops between updates, and needs the batches up to there.
  const Item& item = items_[item_at(position)];
  auto random =
      base::Random::keyed({options_.seed, static_cast<uint64_t>(options_.epoch), static_cast<uint64_t>(position)});
  try {
    ItemInputs inputs(item, recipes_, resizings_, options_.cache);
    const int64_t history = history_of(position / (options_.batch_size * options_.shard.count)).of_video;
    const clip::ClipIndices indices =
        augment_ ? clip::sample_train(recipes_, inputs.num_frames(), history, random)
                 : clip::sample_view(recipes_, clip::View::center, inputs.num_frames(), 1).front();
    std::vector<clip::Assembly> assemblies;
    for (size_t i = 0; i < recipes_.size(); ++i) {
      const auto count = static_cast<int64_t>(indices[i].size());
      base::Random same = random;  // All inputs are cropped and mirrored alike.
      assemblies.push_back(augment_ ? clip::Assembly(recipes_[i], *augment_, count, same)
                                    : clip::Assembly(recipes_[i], count));
    }
    inputs.put({&indices, 1}, {&assemblies, 1});
    Sample sample;
    for (clip::Assembly& assembly : assemblies) sample.clip.push_back(assembly.take());
    return sample;
  } catch (const base::UserError& error) {
    return {{}, make_broken(item.path, error)};
  }
}

int64_t ClipLoader::first_position(int64_t batch) const {
  return (batch * options_.shard.count + options_.shard.index) * options_.batch_size;
}

// Only the last batch is smaller than the others.
int64_t ClipLoader::positions_in(int64_t batch) const {
  return std::clamp<int64_t>(static_cast<int64_t>(order_.size()) - first_position(batch), 0, options_.batch_size);
}

void ClipLoader::note_broken(Broken broken) {
  if (options_.strict)
    throw base::UserError(fmt::format("{}: {}; mend or remove it, or leave --strict out to skip it",
                                      broken.path.string(), broken.reason));
  const bool known =
      std::any_of(broken_.begin(), broken_.end(), [&](const Broken& b) { return b.path == broken.path; });
  if (!known) broken_.push_back(std::move(broken));
}

std::optional<Batch> ClipLoader::take_batch() {
  Batch batch;
  batch.index = next_batch_++;
  if (augment_) batch.history = history_of(batch.index);
  std::vector<std::vector<tensor::Tensor>> clips(recipes_.size());  // For each input, of each sample.
  const int64_t first = first_position(batch.index);
  for (int64_t i = 0; i < positions_in(batch.index); ++i) {
    Sample sample = workers_->next().value();
    if (sample.broken) {
      note_broken(std::move(*sample.broken));
      continue;
    }
    const size_t item = item_at(first + i);
    for (size_t input = 0; input < clips.size(); ++input) clips[input].push_back(std::move(sample.clip[input]));
    batch.class_indices.push_back(items_[item].class_index);
    batch.item_indices.push_back(static_cast<int64_t>(item));
  }
  if (batch.class_indices.empty() && options_.shard.count == 1) return std::nullopt;
  if (batch.class_indices.empty()) return batch;
  for (const std::vector<tensor::Tensor>& input : clips) batch.inputs.push_back(stack(input));
  return batch;
}

std::optional<Batch> ClipLoader::next() {
  const auto start = std::chrono::steady_clock::now();
  std::optional<Batch> batch;
  while (!batch && next_batch_ < num_batches_) batch = take_batch();
  wait_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return batch;
}

}  // namespace gerund::data
