#include "train/find_rate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/random.h"
#include "data/loader.h"
#include "nets/torch_engine.h"
#include "train/device.h"
#include "train/peers.h"
#include "train/setup.h"
#include "train/start.h"
#include "train/step.h"

namespace gerund::train {
namespace {

constexpr double kSmoothing = 0.9;
constexpr double kDiverged = 2;   // Times the lowest smooth loss.
constexpr double kBreaks = 1.25;  // The same: from here on nothing is learned.
constexpr double kMargin = 0.1;   // The advice, of the rate at which it breaks.
constexpr size_t kSettling = 10;  // Updates before anything is judged: the mean of a few batches is their luck.
constexpr size_t kFirst = 3;      // Of them, those whose mean is where the loss began.
constexpr int64_t kLeastUpdates = 20;

void check(const RateOptions& options) {
  if (!(options.lowest > 0) || !(options.highest > options.lowest) || !std::isfinite(options.highest))
    throw base::UserError(
        fmt::format("--from {} --to {}: rates must be above 0 and rise", options.lowest, options.highest));
  if (options.num_updates < kLeastUpdates)
    throw base::UserError(fmt::format("--updates: is {}; allowed is {} or more", options.num_updates, kLeastUpdates));
}

double rate_of(const RateOptions& options, int64_t update) {
  const double share = static_cast<double>(update) / static_cast<double>(options.num_updates - 1);
  return options.lowest * std::pow(options.highest / options.lowest, share);
}

/// Batches without end: epoch after epoch.
class Batches {
 public:
  Batches(const spec::Experiment& experiment, const Setup& setup, uint64_t seed, bool strict)
      : setup_(setup), cache_(data::make_clip_cache(experiment.dataset)), options_(loader_options(experiment, strict)) {
    options_.seed = seed;
    options_.cache = cache_.get();
    begin();
  }

  data::Batch next() {
    std::optional<data::Batch> batch = loader_->next();
    if (batch) return std::move(*batch);
    ++options_.epoch;
    begin();
    batch = loader_->next();
    if (!batch) throw base::UserError("dataset.train_dataset_dir: no clip of it decodes");
    return std::move(*batch);
  }

 private:
  void begin() {
    loader_ = std::make_unique<data::ClipLoader>(setup_.train_items, setup_.recipes, setup_.augment, options_);
  }

  const Setup& setup_;
  std::unique_ptr<data::ClipCache> cache_;
  data::LoaderOptions options_;
  std::unique_ptr<data::ClipLoader> loader_;
};

}  // namespace

RateSearch judge_rates(std::span<const double> rates, std::span<const double> losses) {
  RateSearch search;
  double sum = 0, weight = 0, first = 0, lowest = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < losses.size() && !search.has_diverged; ++i) {
    sum = kSmoothing * sum + losses[i];
    weight = kSmoothing * weight + 1;
    const double smooth = sum / weight;
    const bool is_number = std::isfinite(smooth);
    if (i + 1 == kFirst) first = smooth;
    if (i + 1 >= kSettling) lowest = std::min(lowest, smooth);
    if (i + 1 == kSettling && smooth > kDiverged * first) lowest = first;  // It rose before it could be judged.
    search.has_diverged = !is_number || smooth > kDiverged * lowest;
    if (is_number && smooth <= kBreaks * lowest)
      search.advised.reset();  // It was a bad batch or two.
    else if (!search.advised)
      search.advised = std::max(rates.front(), kMargin * rates[i]);
    if (is_number) search.trials.push_back({rates[i], losses[i], smooth});
  }
  return search;
}

RateSearch find_rate(const spec::Experiment& experiment, const RateOptions& options, base::Progress& progress) {
  check(options);
  const torch::Device device = prepare_device(experiment.train, 0);
  const Setup setup = make_setup(experiment, options.strict, progress);
  const auto network = make_seeded_network(experiment, setup, device);
  start_from_others(experiment, setup, *network);
  Peers alone({}, device);
  TrainingStep step(network, experiment.train.optim, step_options(experiment, setup), alone);
  const uint64_t seed = choose_seed(experiment.train.seed);
  Batches batches(experiment, setup, seed, options.strict);
  std::vector<double> rates, losses;
  RateSearch search;
  progress.start("Trying rates", options.num_updates, "update");
  for (int64_t update = 0; update < options.num_updates && !search.has_diverged; ++update) {
    if (base::interrupted()) throw base::Interrupted("stopped while rates were tried; nothing was written");
    const data::Batch batch = batches.next();
    torch::manual_seed(base::Random::keyed({seed, static_cast<uint64_t>(update)}).next());
    rates.push_back(rate_of(options, update));
    losses.push_back(step.add(batch.inputs, batch.class_indices, batch.history.of_others).loss);
    step.update(rates.back(), update);
    search = judge_rates(rates, losses);
    progress.update(update + 1, fmt::format("rate {:.1e}, loss {:.3f}", rates.back(), losses.back()));
  }
  progress.finish();
  return search;
}

}  // namespace gerund::train
