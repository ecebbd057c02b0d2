#include "train/trainer.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/random.h"
#include "base/workers.h"
#include "data/item_frames.h"
#include "data/loader.h"
#include "nets/torch_engine.h"
#include "nets/weights.h"
#include "score/evaluate.h"
#include "spec/load.h"
#include "train/device.h"
#include "train/peers.h"
#include "train/run_folder.h"
#include "train/run_log.h"
#include "train/schedule.h"
#include "train/setup.h"
#include "train/start.h"
#include "train/step.h"
#include "train/validation.h"
#include "train/watch.h"
#include "train/weight_average.h"

namespace gerund::train {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

int64_t ceil_divide(int64_t dividend, int64_t divisor) {
  return (dividend + divisor - 1) / divisor;
}

// Weights as training sees them, in a checkpoint whose own are averaged.
constexpr std::string_view kRawPrefix = "raw.";

bool is_finished(const spec::TrainSpec& train, const nets::TrainingState& state) {
  if (state.epoch >= train.num_epochs) return true;
  return train.early_stopping_patience > 0 &&
         epochs_without_progress(state.history, watched_metric(state.history, train.best_metric)) >=
             train.early_stopping_patience;
}

/// Gives the epoch that last.safetensors holds its own name and, if it is the best, that one. Done again when a run
/// goes on, and when it turns out to be finished: a crash may have come between.
void name_last(const RunFolder& folder, const spec::TrainSpec& train, const nets::TrainingState& state,
               const std::string& metric) {
  const nets::EpochMetrics& metrics = state.history.back();
  const bool by_epoch = train.checkpoint_interval_unit == "epoch";
  if (is_finished(train, state) || !by_epoch || state.epoch % train.checkpoint_interval == 0)
    folder.keep_epoch(metrics);
  if (best_epoch(state.history, metric) == metrics.epoch) folder.keep_best();
}

// One run of training from its start or from a checkpoint to its end.
class Run {
 public:
  Run(const spec::Experiment& experiment, Setup setup, RunFolder folder, const TrainOptions& options,
      base::Progress& progress, RunLog* log, Peers& peers, torch::Device device)
      : experiment_(experiment),
        setup_(std::move(setup)),
        cache_(data::make_clip_cache(experiment.dataset)),
        folder_(std::move(folder)),
        options_(options),
        progress_(progress),
        log_(log),
        peers_(peers),
        network_(make_seeded_network(experiment, setup_, device)),
        step_(network_, experiment.train.optim, step_options(experiment, setup_), peers),
        metric_(setup_.val_items.empty() ? "train_loss" : experiment.train.best_metric) {}

  void begin() {
    state_.seed = choose_seed(experiment_.train.seed);
    state_.clips_per_batch = clips_per_batch();
    state_.lr = experiment_.train.optim.lr;
    start_from_others(experiment_, setup_, *network_);
    begin_average();
  }

  void resume(const ResumePoint& start) {
    const nets::Checkpoint& checkpoint = start.checkpoint;
    nets::set_weights(*network_, checkpoint.weights);
    begin_average();  // The weights of the file are the averaged ones then.
    if (average_) nets::set_weights(*network_, raw_weights(checkpoint));
    step_.optimizer().set_state(checkpoint.optimizer);
    state_ = checkpoint.state;
    if (state_.batch > 0 && state_.clips_per_batch > 0 && state_.clips_per_batch != clips_per_batch())
      throw base::UserError(fmt::format(
          "{}: was saved in the middle of an epoch, after batches of {} clips; now the processes make batches "
          "of {} together, which would leave clips out or take some twice. Go on with as many clips in a "
          "batch (dataset.batch_size times the processes), or from the end of an epoch "
          "(train.resume_training_checkpoint_path)",
          start.path.string(), state_.clips_per_batch, clips_per_batch()));
    state_.clips_per_batch = clips_per_batch();
    base::log_info(fmt::format("Going on in epoch {}, after batch {}", state_.epoch + 1, state_.batch));
  }

  /// All begin at the same place with the same settings, or they would wait for each other in vain: throws UserError
  /// where they do not. Nothing is written before.
  void check_agreement() {
    spec::Experiment shown = experiment_;
    shown.encryption_key.reset();
    const std::vector<std::string> specs = peers_.gather(spec::print(shown));
    for (size_t rank = 1; rank < specs.size(); ++rank)
      check_same_settings(specs[0], specs[rank], fmt::format("process {}", rank));
    const std::string own = fmt::format("epoch {}, batch {}, {} training clips, seed {}", state_.epoch, state_.batch,
                                        setup_.train_items.size(), state_.seed);
    const std::vector<std::string> all = peers_.gather(own);
    for (size_t rank = 0; rank < all.size(); ++rank) {
      if (all[rank] == all[0]) continue;
      throw base::UserError(
          fmt::format("results_dir: process 0 begins at {}, process {} at {}; all must see the same results folder and "
                      "the same clips, and train.seed must not be below 0",
                      all[0], rank, all[rank]));
    }
  }

  /// Makes the run's files those of the checkpoint that it goes on from.
  void adopt(const fs::path& start) {
    std::error_code ignored;
    if (peers_.is_writer() && !fs::equivalent(start, folder_.last(), ignored))
      folder_.adopt(start, find_best(start), static_cast<int64_t>(state_.history.size()));
    if (state_.batch == 0 && !state_.history.empty()) name_files();
  }

  TrainResult train() {
    if (cache_) {
      for (const clip::Recipe& recipe : setup_.recipes) {
        data::claim(setup_.train_items, recipe, clip::Resizing(recipe, setup_.augment), *cache_);
        data::claim(setup_.val_items, recipe, clip::Resizing(recipe), *cache_);
      }
    }
    if (log_ != nullptr) log_->start(setup_, state_);
    while (!is_finished(experiment_.train, state_)) run_epoch();
    if (state_.epoch < experiment_.train.num_epochs)
      base::log_info(fmt::format("Stopped early: no better {} in the last {} validations", metric_,
                                 experiment_.train.early_stopping_patience));
    result_.best = folder_.best();
    result_.last = folder_.last();
    result_.history = state_.history;
    return result_;
  }

 private:
  /// The file of the best epoch so far, beside the checkpoint that the run goes on from; nullopt: there is none yet.
  std::optional<fs::path> find_best(const fs::path& start) const {
    const std::optional<int64_t> best = best_epoch(state_.history, metric_);
    if (!best) return std::nullopt;
    if (state_.batch == 0 && best == state_.history.back().epoch) return start;
    std::vector<fs::path> kept;
    for (const nets::EpochMetrics& metrics : state_.history)
      if (metrics.epoch == best) kept.push_back(start.parent_path() / RunFolder::epoch_file_name(metrics));
    kept.push_back(start.parent_path() / "best.safetensors");
    for (const fs::path& path : kept)
      if (holds_end_of(path, *best)) return path;
    base::log_warning(fmt::format(
        "the best epoch so far, {}, is not kept beside {}: best.safetensors holds what the run goes on from "
        "until an epoch is better",
        *best + 1, start.string()));
    return start;
  }

  bool holds_end_of(const fs::path& path, int64_t epoch) const {
    if (!fs::exists(path)) return false;
    try {
      const nets::TrainingState state = nets::load_checkpoint(path, experiment_.encryption_key.value_or("")).state;
      return state.batch == 0 && !state.history.empty() && state.history.back().epoch == epoch;
    } catch (const base::UserError&) {
      return false;
    }
  }

  int64_t clips_per_batch() const { return experiment_.dataset.batch_size * peers_.size(); }

  void begin_average() {
    if (experiment_.train.ema_decay > 0) average_.emplace(*network_, experiment_.train.ema_decay);
  }

  static std::map<std::string, tensor::Tensor> raw_weights(const nets::Checkpoint& checkpoint) {
    std::map<std::string, tensor::Tensor> raw;
    for (const auto& [name, value] : checkpoint.optimizer)
      if (name.starts_with(kRawPrefix)) raw.emplace(name.substr(kRawPrefix.size()), value);
    return raw;
  }

  data::LoaderOptions loader_options() const {
    data::LoaderOptions options = train::loader_options(experiment_, options_.strict);
    options.seed = state_.seed;
    options.epoch = state_.epoch;
    options.first_batch = state_.batch;
    options.cache = cache_.get();
    options.shard = {peers_.rank(), peers_.size()};
    return options;
  }

  void run_epoch() {
    const auto start = Clock::now();
    data::ClipLoader loader(setup_.train_items, setup_.recipes, setup_.augment, loader_options());
    progress_.start(fmt::format("Epoch {}/{}", state_.epoch + 1, experiment_.train.num_epochs), loader.num_batches(),
                    "batch");
    if (state_.batch > 0) progress_.update(state_.batch);
    updates_per_epoch_ = ceil_divide(loader.num_batches(), experiment_.train.accumulate_batches);
    int64_t open_group = -1;  // The update that the batches since the last one belong to.
    if (log_ != nullptr) log_->begin_epoch(state_, loader.num_batches());
    const int64_t clips_before = result_.num_clips;
    while (std::optional<data::Batch> batch = loader.next()) {
      const int64_t group = batch->index / experiment_.train.accumulate_batches;
      if (open_group >= 0 && open_group != group) {
        end_update(open_group);
        open_group = -1;
      }
      if (train_batch(*batch)) open_group = group;
      if (open_group < 0 || (batch->index + 1) % experiment_.train.accumulate_batches != 0) continue;
      end_update(group);
      open_group = -1;
    }
    if (open_group >= 0) end_update(open_group);
    progress_.finish();
    const double train_seconds = seconds_since(start);
    result_.train_seconds += train_seconds;
    result_.loader_wait_seconds += loader.wait_seconds();
    if (!loader.broken().empty()) base::log_warning(data::describe_broken(loader.broken(), setup_.train_items.size()));
    if (state_.num_clips == 0)
      throw base::UserError("dataset.train_dataset_dir: no clip of it decodes; see the warnings above");
    end_epoch({train_seconds, loader.wait_seconds(), result_.num_clips - clips_before});
  }

  /// False where no process has a clip of the batch: it is passed over, as one process does.
  bool train_batch(const data::Batch& batch) {
    state_.batch = batch.index + 1;
    const std::vector<double> num_clips_here{static_cast<double>(batch.class_indices.size())};
    if (peers_.sum(num_clips_here).front() == 0) return false;
    if (batch.class_indices.empty()) {
      std::vector<tensor::Tensor> inputs;
      for (const clip::Recipe& recipe : setup_.recipes) {
        tensor::Shape shape = clip::input_shape(recipe);
        shape.insert(shape.begin(), 1);
        if (batch.history.of_video > 0) shape.at(2) += batch.history.of_video;  // Peers wait for as many sums.
        inputs.emplace_back(shape);
      }
      step_.add_nothing(inputs, batch.history.of_others);
      return true;
    }
    // Dropout follows from the step alone, so that a resumed run draws the same.
    torch::manual_seed(
        base::Random::keyed({state_.seed, static_cast<uint64_t>(state_.epoch), static_cast<uint64_t>(batch.index)})
            .next());
    const TrainingStep::Result result = step_.add(batch.inputs, batch.class_indices, batch.history.of_others);
    const auto num_clips = static_cast<int64_t>(batch.class_indices.size());
    const double lr = rate_at(batch.index / experiment_.train.accumulate_batches);
    if (!std::isfinite(result.loss)) {
      throw base::UserError(
          fmt::format("train.optim.lr: the loss is not a number in epoch {}, batch {} ({}; learning rate {}); lower "
                      "train.optim.lr or set train.clip_grad_norm",
                      state_.epoch + 1, batch.index + 1, list_names(clip_names(batch)), lr));
    }
    pending_.loss_sum += result.loss * static_cast<double>(num_clips);
    pending_.num_correct += result.num_correct;
    pending_.num_clips += num_clips;
    result_.num_clips += num_clips;
    if (log_ != nullptr)
      log_->step(state_, {result.loss, static_cast<double>(result.num_correct) / static_cast<double>(num_clips), lr});
    progress_.update(state_.batch,
                     fmt::format("loss {:.3f}", (state_.loss_sum + pending_.loss_sum) /
                                                    static_cast<double>(state_.num_clips + pending_.num_clips)));
    return true;
  }

  struct Counts {
    double loss_sum = 0;
    int64_t num_correct = 0;
    int64_t num_clips = 0;
  };

  /// Adds what all peers counted since the last update. True where one of them is to stop.
  bool take_counts() {
    const std::vector<double> sums =
        peers_.sum({pending_.loss_sum, static_cast<double>(pending_.num_correct),
                    static_cast<double>(pending_.num_clips), base::interrupted() ? 1.0 : 0.0});
    pending_ = {};
    state_.loss_sum += sums[0];
    state_.num_correct += std::llround(sums[1]);
    state_.num_clips += std::llround(sums[2]);
    return sums[3] > 0;
  }

  std::vector<std::string> clip_names(const data::Batch& batch) const {
    std::vector<std::string> names;
    for (const int64_t item : batch.item_indices)
      names.push_back(setup_.train_items[static_cast<size_t>(item)].path.string());
    return names;
  }

  // Of an update of this epoch.
  double rate_at(int64_t update) const {
    return learning_rate(experiment_.train.optim,
                         {state_.epoch, update, updates_per_epoch_, experiment_.train.num_epochs}, state_.lr);
  }

  // Only between updates is a run saved: gradients are not in the file.
  void end_update(int64_t update) {
    step_.update(rate_at(update), state_.num_updates++);
    const bool is_to_stop = take_counts();
    if (average_) average_->take(*network_, state_.num_updates);
    const int64_t interval = experiment_.train.checkpoint_interval;
    if (is_to_stop) stop();
    if (experiment_.train.checkpoint_interval_unit == "step" && state_.num_updates % interval == 0) save();
  }

  // What this process did of an epoch's steps.
  struct Work {
    double seconds = 0;
    double wait_seconds = 0;
    int64_t num_clips = 0;
  };

  nets::EpochMetrics measure(const Work& work) {
    nets::EpochMetrics metrics;
    metrics.epoch = state_.epoch;
    metrics.lr = rate_at(updates_per_epoch_ - 1);
    metrics.train_loss = state_.loss_sum / static_cast<double>(state_.num_clips);
    metrics.train_accuracy = static_cast<double>(state_.num_correct) / static_cast<double>(state_.num_clips);
    metrics.seconds = work.seconds;
    if (work.seconds > 0) {
      metrics.clips_per_second = static_cast<double>(work.num_clips) / work.seconds;
      metrics.wait_share = work.wait_seconds / work.seconds;
    }
    const bool is_last = state_.epoch + 1 == experiment_.train.num_epochs;
    if (!setup_.val_items.empty() && (is_last || (state_.epoch + 1) % experiment_.train.validation_interval == 0))
      validate(metrics);
    return metrics;
  }

  void validate(nets::EpochMetrics& metrics) {
    const AveragedWeights averaged(average_ ? &*average_ : nullptr, *network_);
    score::ClassifyOptions options;
    options.batch_size = experiment_.dataset.batch_size;
    options.num_workers = static_cast<int>(experiment_.dataset.workers);
    options.strict = options_.strict;
    options.title = "Validation";
    options.cache = cache_.get();
    const score::Evaluation evaluation = train::validate(network_, setup_, options, peers_, progress_);
    metrics.val_loss = evaluation.loss;
    metrics.val_accuracy = evaluation.confusion.accuracy();
    metrics.val_class_accuracy = evaluation.confusion.class_average_accuracy();
    if (log_ != nullptr) log_->validated(evaluation);
  }

  void end_epoch(const Work& work) {
    nets::EpochMetrics metrics;
    try {
      metrics = measure(work);
    } catch (const base::Interrupted&) {
      stop();  // All batches are done: going on begins with this validation.
    }
    say(metrics);
    const spec::OptimSpec& optim = experiment_.train.optim;
    if (optim.lr_scheduler == "AutoReduce") {
      if (const auto loss = score_of(metrics, setup_.val_items.empty() ? "train_loss" : optim.lr_monitor))
        reduce_on_plateau(optim, *loss, state_);
    }
    state_.history.push_back(metrics);
    state_.epoch += 1;
    state_.batch = 0;
    state_.loss_sum = 0;
    state_.num_correct = 0;
    state_.num_clips = 0;
    save();
    name_files();
    if (log_ != nullptr) log_->end_epoch(state_);
  }

  void say(const nets::EpochMetrics& metrics) const {
    std::string line =
        fmt::format("epoch {:>3}/{}  lr {:.2g}  train loss {:.4f} acc {:5.1f} %", metrics.epoch + 1,
                    experiment_.train.num_epochs, metrics.lr, metrics.train_loss, 100 * metrics.train_accuracy);
    if (metrics.val_loss)
      line += fmt::format("  val loss {:.4f} acc {:5.1f} %", *metrics.val_loss, 100 * *metrics.val_accuracy);
    base::log_info(line + (log_ != nullptr ? log_->time_left() : ""));
  }

  nets::Checkpoint checkpoint() {
    nets::Checkpoint made;
    made.experiment = experiment_;
    made.labels = setup_.labels;
    made.recipe = clip::to_json(setup_.recipes);
    made.clip_seconds = setup_.clip_seconds;
    made.state = state_;
    made.optimizer = step_.optimizer().state();
    if (average_) {
      for (auto& [name, value] : nets::weights_of(*network_))
        made.optimizer.emplace(std::string(kRawPrefix) + name, std::move(value));
    }
    const AveragedWeights averaged(average_ ? &*average_ : nullptr, *network_);
    made.weights = nets::weights_of(*network_);
    return made;
  }

  /// Over the last checkpoint go only weights that a run can go on from.
  void save() {
    if (const std::string broken = nets::first_not_finite(*network_); !broken.empty())
      throw base::UserError(fmt::format(
          "train.optim.lr: training has diverged: after batch {} of epoch {} the tensor '{}' has values that "
          "are infinite or no numbers, and nothing was saved; lower train.optim.lr or set "
          "train.clip_grad_norm",
          state_.batch, state_.epoch + 1, broken));
    if (peers_.is_writer()) folder_.save_last(checkpoint());
  }

  void name_files() const {
    if (peers_.is_writer()) name_last(folder_, experiment_.train, state_, metric_);
  }

  [[noreturn]] void stop() {
    progress_.finish();
    save();
    throw base::Interrupted(
        fmt::format("Stopped in epoch {}, after batch {}. All is saved in {}: run the same command to go on.",
                    state_.epoch + 1, state_.batch, folder_.last().string()));
  }

  const spec::Experiment& experiment_;
  const Setup setup_;
  const std::unique_ptr<data::ClipCache> cache_;
  const RunFolder folder_;
  const TrainOptions options_;
  base::Progress& progress_;
  RunLog* log_;  // Of the process that writes; null in its peers.
  Peers& peers_;
  std::shared_ptr<nets::Network> network_;
  TrainingStep step_;
  std::optional<WeightAverage> average_;
  const std::string metric_;  // Of which epoch is best.
  nets::TrainingState state_;
  Counts pending_;  // Of this process since the last update.
  int64_t updates_per_epoch_ = 1;
  TrainResult result_;
};

Setup setup_of(const spec::Experiment& experiment, const TrainOptions& options, base::Progress& progress) {
  Setup setup = make_setup(experiment, options.strict, progress);
  setup.warnings.insert(setup.warnings.begin(), options.advice.begin(), options.advice.end());
  return setup;
}

TrainResult run_whole(const spec::Experiment& experiment, const TrainOptions& options, const RunFolder& folder,
                      const PeerPlace& place, base::Progress& progress, RunLog* log, std::optional<FolderLock>& lock) {
  const bool is_writer = place.rank == 0;
  const std::optional<ResumePoint> start = find_start(experiment, folder.last());
  if (start && is_finished(experiment.train, start->checkpoint.state)) {
    const nets::TrainingState& state = start->checkpoint.state;
    std::error_code ignored;
    if (!fs::equivalent(start->path, folder.last(), ignored)) {  // A run of its own, or an epoch of this one.
      const fs::path best = start->path.parent_path() / folder.best().filename();
      return {true, fs::exists(best) ? best : start->path, start->path, state.history, 0, 0, 0};
    }
    if (lock) {
      base::remove_partial_files(folder.path());
      name_last(folder, experiment.train, state, watched_metric(state.history, experiment.train.best_metric));
      if (log != nullptr && !log->tells_the_end(state)) log->start(setup_of(experiment, options, progress), state);
    }
    return {true, folder.best(), folder.last(), state.history, 0, 0, 0};
  }
  if (!start) check_starts(experiment.model);
  const torch::Device device = prepare_device(experiment.train, place.local_rank);
  base::set_quiet(place.rank > 0);
  Peers peers(place, device);
  if (peers.size() > 1) base::log_info(fmt::format("{} processes train together", peers.size()));
  base::Progress silent;
  base::Progress& shown = is_writer ? progress : silent;
  Setup setup = setup_of(experiment, options, shown);
  base::log_info(fmt::format("Train dataset samples: {}", setup.train_items.size()));
  base::log_info(fmt::format("Validation dataset samples: {}", setup.val_items.size()));
  base::log_info(fmt::format("Train results will be saved at: {}", folder.path().string()));
  Run run(experiment, std::move(setup), folder, options, shown, log, peers, device);
  // They may refuse what they are to start from, or each other: before anything is written.
  if (start) {
    run.resume(*start);
  } else {
    run.begin();
  }
  run.check_agreement();
  if (is_writer && !lock) {
    base::make_folder(folder.path());
    lock.emplace(folder.path());
  }
  if (is_writer) base::remove_partial_files(folder.path());
  if (start) run.adopt(start->path);
  spec::Experiment printed = experiment;
  printed.encryption_key.reset();
  if (is_writer) base::write_file(folder.path() / "spec.yaml", spec::print_used(printed));
  return run.train();
}

}  // namespace

TrainResult run_training(const spec::Experiment& experiment, const TrainOptions& options, base::Progress& progress) {
  const RunFolder folder(results_folder(experiment), experiment.train.keep_checkpoints);
  const PeerPlace place = place_from_environment();
  std::optional<FolderLock> lock;
  if (place.rank > 0) return run_whole(experiment, options, folder, place, progress, nullptr, lock);
  // Bad input makes no folder: one that is not there yet is locked later. The log is that of who holds the folder.
  if (fs::exists(folder.path())) lock.emplace(folder.path());
  RunLog log(experiment, folder.path());
  return log.watch([&] { return run_whole(experiment, options, folder, place, progress, &log, lock); });
}

}  // namespace gerund::train
