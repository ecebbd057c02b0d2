#include "train/trainer.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <random>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/random.h"
#include "base/workers.h"
#include "data/loader.h"
#include "nets/torch_engine.h"
#include "nets/weights.h"
#include "score/evaluate.h"
#include "spec/load.h"
#include "train/run_folder.h"
#include "train/run_log.h"
#include "train/schedule.h"
#include "train/setup.h"
#include "train/step.h"

namespace gerund::train {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

uint64_t choose_seed(int64_t seed) {
  return seed >= 0 ? static_cast<uint64_t>(seed) : std::random_device{}();
}

// Frames before a clip that a causal network may see in training, as it sees them in a stream.
int64_t history_frames(const spec::ModelSpec& model) {
  if (model.temporal != "causal") return 0;
  return model.history_frames < 0 ? model.rgb_seq_length : model.history_frames;
}

std::string list_names(const std::vector<std::string>& names) {
  constexpr size_t kShown = 8;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : "") + names[i];
  return names.size() > kShown ? fmt::format("{} and {} more", text, names.size() - kShown) : text;
}

// One run of training from its start or from a checkpoint to its end.
class Run {
 public:
  Run(const spec::Experiment& experiment, Setup setup, RunFolder folder, const TrainOptions& options,
      base::Progress& progress, RunLog& log)
      : experiment_(experiment),
        setup_(std::move(setup)),
        folder_(std::move(folder)),
        options_(options),
        progress_(progress),
        log_(log),
        network_(make_seeded_network()),
        step_(network_, experiment.train.optim, experiment.train.clip_grad_norm) {}

  void begin() {
    state_.seed = choose_seed(experiment_.train.seed);
    state_.lr = experiment_.train.optim.lr;
    if (const auto& path = experiment_.model.rgb_pretrained_model_path; path && !path->empty()) start_from(*path);
  }

  void resume(const nets::Checkpoint& checkpoint) {
    nets::set_weights(*network_, checkpoint.weights);
    step_.set_momentum(checkpoint.optimizer);
    state_ = checkpoint.state;
    base::log_info(fmt::format("Going on from epoch {}, batch {}", state_.epoch, state_.batch));
    if (state_.batch == 0 && !state_.history.empty() && fs::exists(folder_.last())) name_files();
  }

  TrainResult train() {
    log_.start(setup_, state_);
    while (state_.epoch < experiment_.train.num_epochs) run_epoch();
    result_.best = folder_.best();
    result_.last = folder_.last();
    result_.history = state_.history;
    return result_;
  }

 private:
  std::shared_ptr<nets::Network> make_seeded_network() const {
    torch::manual_seed(choose_seed(experiment_.train.seed));
    return nets::make_network(setup_.architecture);
  }

  void start_from(const std::string& path) {
    const nets::Checkpoint source = nets::load_checkpoint(path);
    const bool same_labels = source.labels == setup_.labels;
    const nets::Transfer transfer = nets::transfer_weights(*network_, source.weights, same_labels);
    base::log_info(fmt::format("Starting from {} ({} classes): {} tensors loaded",
                               nets::resolve_checkpoint_path(path).string(), source.labels.size(),
                               transfer.loaded.size()));
    if (source.experiment.model.temporal != experiment_.model.temporal)
      base::log_info(
          fmt::format("  from a {} network to a {} one: the tensors are the same, only time is padded "
                      "differently",
                      source.experiment.model.temporal, experiment_.model.temporal));
    if (!transfer.adapted.empty())
      base::log_info("  adapted to another number of frames: " + list_names(transfer.adapted));
    if (!transfer.fresh.empty()) base::log_info("  not loaded, start fresh: " + list_names(transfer.fresh));
    if (!transfer.unused.empty()) base::log_info("  in the file but not used: " + list_names(transfer.unused));
  }

  data::LoaderOptions loader_options() const {
    data::LoaderOptions options;
    options.batch_size = experiment_.dataset.batch_size;
    options.clips_per_video = experiment_.dataset.clips_per_video;
    options.num_workers = static_cast<int>(experiment_.dataset.workers);
    options.strict = options_.strict;
    options.seed = state_.seed;
    options.epoch = state_.epoch;
    options.first_batch = state_.batch;
    options.history_frames = history_frames(experiment_.model);
    return options;
  }

  double rate() const {
    const spec::OptimSpec& optim = experiment_.train.optim;
    return optim.lr_scheduler == "MultiStep" ? multi_step_rate(optim, state_.epoch) : state_.lr;
  }

  void run_epoch() {
    const auto start = Clock::now();
    data::ClipLoader loader(setup_.train_items, setup_.recipe, setup_.augment, loader_options());
    progress_.start(fmt::format("Epoch {}/{}", state_.epoch + 1, experiment_.train.num_epochs), loader.num_batches(),
                    "batch");
    state_.lr = rate();
    log_.begin_epoch(state_, loader.num_batches());
    const int64_t clips_before = result_.num_clips;
    while (std::optional<data::Batch> batch = loader.next()) {
      train_batch(*batch);
      if (base::interrupted()) stop();
      if (experiment_.train.checkpoint_interval_unit == "step" &&
          state_.batch % experiment_.train.checkpoint_interval == 0)
        save();
    }
    progress_.finish();
    const double train_seconds = seconds_since(start);
    result_.train_seconds += train_seconds;
    result_.loader_wait_seconds += loader.wait_seconds();
    if (!loader.broken().empty()) base::log_warning(data::describe_broken(loader.broken(), setup_.train_items.size()));
    if (state_.num_clips == 0)
      throw base::UserError("dataset.train_dataset_dir: no clip of it decodes; see the warnings above");
    end_epoch({train_seconds, loader.wait_seconds(), result_.num_clips - clips_before});
  }

  void train_batch(const data::Batch& batch) {
    // Dropout follows from the step alone, so that a resumed run draws the same.
    torch::manual_seed(
        base::Random::keyed({state_.seed, static_cast<uint64_t>(state_.epoch), static_cast<uint64_t>(batch.index)})
            .next());
    const TrainingStep::Result result = step_.run(batch.input, batch.class_indices, state_.lr);
    const auto num_clips = static_cast<int64_t>(batch.class_indices.size());
    if (!std::isfinite(result.loss)) {
      throw base::UserError(
          fmt::format("train.optim.lr: the loss is not a number at epoch {}, batch {} (learning rate {}); lower "
                      "train.optim.lr or set "
                      "train.clip_grad_norm",
                      state_.epoch, batch.index, state_.lr));
    }
    state_.loss_sum += result.loss * static_cast<double>(num_clips);
    state_.num_correct += result.num_correct;
    state_.num_clips += num_clips;
    state_.batch = batch.index + 1;
    result_.num_clips += num_clips;
    log_.step(state_,
              {result.loss, static_cast<double>(result.num_correct) / static_cast<double>(num_clips), state_.lr});
    progress_.update(state_.batch, fmt::format("loss {:.3f}", state_.loss_sum / static_cast<double>(state_.num_clips)));
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
    metrics.lr = state_.lr;
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
    const auto engine = nets::make_torch_engine(network_);
    score::ClassifyOptions options;
    options.batch_size = experiment_.dataset.batch_size;
    options.num_workers = static_cast<int>(experiment_.dataset.workers);
    options.strict = options_.strict;
    options.title = "Validation";
    const data::Probed clips{setup_.val_items, {}};
    const score::Evaluation evaluation =
        score::evaluate(*engine, clips, setup_.recipe, setup_.labels, options, progress_);
    metrics.val_loss = evaluation.loss;
    metrics.val_accuracy = evaluation.confusion.accuracy();
    log_.validated(evaluation);
  }

  // The loss that best and AutoReduce look at: the validation's where there is one, else nothing until there is.
  std::optional<double> watched(const nets::EpochMetrics& metrics, bool want_train) const {
    if (want_train || setup_.val_items.empty()) return metrics.train_loss;
    return metrics.val_loss;
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
      if (const auto loss = watched(metrics, optim.lr_monitor == "train_loss")) reduce_on_plateau(optim, *loss, state_);
    }
    if (const auto score = watched(metrics, false); score && (!state_.best_score || *score < *state_.best_score))
      state_.best_score = *score;
    state_.history.push_back(metrics);
    state_.epoch += 1;
    state_.batch = 0;
    state_.loss_sum = 0;
    state_.num_correct = 0;
    state_.num_clips = 0;
    save();
    name_files();
    log_.end_epoch(state_);
  }

  void say(const nets::EpochMetrics& metrics) const {
    std::string line =
        fmt::format("epoch {:>3}/{}  lr {:.2g}  train loss {:.4f} acc {:5.1f} %", metrics.epoch + 1,
                    experiment_.train.num_epochs, metrics.lr, metrics.train_loss, 100 * metrics.train_accuracy);
    if (metrics.val_loss)
      line += fmt::format("  val loss {:.4f} acc {:5.1f} %", *metrics.val_loss, 100 * *metrics.val_accuracy);
    base::log_info(line + log_.time_left());
  }

  nets::Checkpoint checkpoint() const {
    nets::Checkpoint made;
    made.experiment = experiment_;
    made.labels = setup_.labels;
    made.recipe = clip::to_json(setup_.recipe);
    made.clip_seconds = setup_.clip_seconds;
    made.state = state_;
    made.weights = nets::weights_of(*network_);
    made.optimizer = step_.momentum();
    return made;
  }

  void save() const { folder_.save_last(checkpoint()); }

  // Gives the epoch that last.safetensors holds its own name and, if it is the best, that one. Done again on resuming:
  // a crash may have come between.
  void name_files() const {
    const nets::EpochMetrics& metrics = state_.history.back();
    const bool is_final = state_.epoch == experiment_.train.num_epochs;
    const bool by_epoch = experiment_.train.checkpoint_interval_unit == "epoch";
    if (is_final || !by_epoch || state_.epoch % experiment_.train.checkpoint_interval == 0) folder_.keep_epoch(metrics);
    if (const auto score = watched(metrics, false); score && score == state_.best_score) folder_.keep_best();
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
  const RunFolder folder_;
  const TrainOptions options_;
  base::Progress& progress_;
  RunLog& log_;
  std::shared_ptr<nets::Network> network_;
  TrainingStep step_;
  nets::TrainingState state_;
  TrainResult result_;
};

TrainResult run_whole(const spec::Experiment& experiment, const TrainOptions& options, const RunFolder& folder,
                      base::Progress& progress, RunLog& log) {
  const std::optional<nets::Checkpoint> start = find_start(experiment, folder.last());
  if (start && start->state.epoch >= experiment.train.num_epochs) {
    return {true, folder.best(), folder.last(), start->state.history, 0, 0, 0};
  }
  nets::set_num_threads(experiment.train.num_threads);
  Setup setup = make_setup(experiment, options.strict, progress);
  base::log_info(fmt::format("Train dataset samples: {}", setup.train_items.size()));
  base::log_info(fmt::format("Validation dataset samples: {}", setup.val_items.size()));
  base::log_info(fmt::format("Train results will be saved at: {}", folder.path().string()));
  Run run(experiment, std::move(setup), folder, options, progress, log);
  if (start) {
    run.resume(*start);
  } else {
    run.begin();
  }
  spec::Experiment printed = experiment;
  printed.encryption_key.reset();
  base::write_file(folder.path() / "experiment.yaml", spec::print(printed));
  return run.train();
}

}  // namespace

TrainResult run_training(const spec::Experiment& experiment, const TrainOptions& options, base::Progress& progress) {
  const RunFolder folder(results_folder(experiment), experiment.train.keep_checkpoints);
  RunLog log(experiment, folder.path());
  return log.watch([&] { return run_whole(experiment, options, folder, progress, log); });
}

}  // namespace gerund::train
