#include "train/setup.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/seal.h"
#include "data/probe.h"
#include "spec/load.h"
#include "train/run_folder.h"
#include "train/schedule.h"
#include "train/start.h"

namespace gerund::train {
namespace {

namespace fs = std::filesystem;

clip::Augment make_augment(const spec::AugmentationSpec& spec) {
  clip::Augment augment;
  augment.scales = spec.scales;
  augment.horizontal_flip_prob = spec.horizontal_flip_prob;
  augment.negate_flipped_flow = spec.flow_flip == "negate";
  augment.crop = spec.train_crop_type == "random_crop"        ? clip::TrainCrop::random_crop
                 : spec.train_crop_type == "multi_scale_crop" ? clip::TrainCrop::multi_scale_crop
                                                              : clip::TrainCrop::no_crop;
  return augment;
}

void warn_of_idle_starts(const spec::ModelSpec& model) {
  const auto warn = [&](const char* key, const std::optional<std::string>& path, bool has_effect) {
    if (path && !path->empty() && !has_effect)
      base::log_warning(fmt::format("{}: has no effect with model.model_type {}", key, model.model_type));
  };
  warn("model.rgb_pretrained_model_path", model.rgb_pretrained_model_path, model.model_type != "of");
  warn("model.of_pretrained_model_path", model.of_pretrained_model_path, model.model_type != "rgb");
  warn("model.joint_pretrained_model_path", model.joint_pretrained_model_path, model.model_type == "joint");
}

void warn(std::string warning, Setup& setup) {
  base::log_warning(warning);
  setup.warnings.push_back(std::move(warning));
}

std::vector<data::Item> usable_items(const std::string& root, const spec::Experiment& experiment, bool strict,
                                     base::Progress& progress, Setup& setup) {
  data::Dataset dataset = data::scan_dataset(root, experiment.dataset.label_map);
  for (std::string& warning : dataset.warnings) warn(std::move(warning), setup);
  const size_t num_clips = dataset.items.size();
  data::Probed probed =
      data::probe(dataset.items, {static_cast<int>(experiment.dataset.workers), strict, setup.recipes}, progress);
  if (!probed.broken.empty()) warn(data::describe_broken(probed.broken, num_clips), setup);
  return std::move(probed.items);
}

/// A class without clips cannot be learned, and hides behind the others' accuracy.
void check_classes(const std::vector<data::Item>& items, const std::vector<std::string>& labels) {
  if (labels.size() < 2) {
    throw base::UserError(
        fmt::format("dataset.label_map: has the class '{}' alone; a network learns to tell classes apart: add another, "
                    "if only of clips where nothing happens",
                    labels.front()));
  }
  for (const std::string& label : labels) {
    if (std::any_of(items.begin(), items.end(), [&](const data::Item& item) { return item.label == label; })) continue;
    throw base::UserError(
        fmt::format("dataset.train_dataset_dir: has no usable clip of class '{}'; add some, or take the class out of "
                    "dataset.label_map",
                    label));
  }
}

/// `folder`: the key of the folder that the clips are in.
void warn_of_short_clips(const std::string& folder, const std::vector<data::Item>& items, Setup& setup) {
  int64_t wanted = 0;
  const char* key = "";
  for (const clip::Recipe& recipe : setup.recipes) {
    const int64_t rate = recipe.sample_strategy == clip::SampleStrategy::consecutive ? recipe.sample_rate : 1;
    if (recipe.num_frames * rate <= wanted) continue;
    wanted = recipe.num_frames * rate;
    key = recipe.modality == clip::Modality::flow ? "of_seq_length" : "rgb_seq_length";
  }
  std::vector<std::string> too_short;
  for (const data::Item& item : items)
    if (item.num_frames < wanted) too_short.push_back(item.path.string());
  if (too_short.empty()) return;
  warn(fmt::format("{}: {} of {} clips have fewer than the {} frames of a window ({}), so frames "
                   "come more than once: film longer ones, or let it see fewer (model.{})",
                   folder, too_short.size(), items.size(), wanted, list_names(too_short), key),
       setup);
}

double median_seconds(const std::vector<data::Item>& items) {
  std::vector<double> lengths;
  lengths.reserve(items.size());
  for (const data::Item& item : items) lengths.push_back(item.duration_seconds);
  const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
  std::nth_element(lengths.begin(), middle, lengths.end());
  return *middle;
}

/// n / (k * n_c) of n clips, n_c in the class, k classes, times what the spec gives the class.
std::vector<double> class_weights(const spec::TrainSpec& train, const std::vector<std::string>& labels,
                                  const std::vector<data::Item>& items) {
  for (const auto& [name, weight] : train.class_weights) {
    if (std::find(labels.begin(), labels.end(), name) == labels.end())
      throw base::UserError(
          fmt::format("train.class_weights: there is no class '{}'; allowed: {}", name, fmt::join(labels, ", ")));
  }
  const bool balances = train.class_balance == "loss";
  if (train.class_weights.empty() && !balances) return {};
  std::vector<double> counts(labels.size());
  for (const data::Item& item : items) counts[static_cast<size_t>(item.class_index)] += 1;
  std::vector<double> weights;
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto given = train.class_weights.find(labels[i]);
    const double balance =
        balances ? static_cast<double>(items.size()) / (static_cast<double>(labels.size()) * counts[i]) : 1;
    weights.push_back(balance * (given == train.class_weights.end() ? 1 : given->second));
  }
  return weights;
}

// Keys that may differ between a run and its continuation: they do not change its weights, or are there to be raised.
bool may_differ(const std::string& key) {
  constexpr std::array kKeys{"dataset.cache_dir",
                             "dataset.cache_gb",
                             "dataset.workers",
                             "train.num_gpus",
                             "train.gpu_ids",
                             "train.num_nodes",
                             "train.num_epochs",
                             "train.early_stopping_patience",
                             "results_dir",
                             "train.results_dir",
                             "train.resume_training_checkpoint_path",
                             "encryption_key",
                             "model_name"};
  constexpr std::array kBlocks{"evaluate.", "inference.", "export.", "wandb."};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end() ||
         std::any_of(kBlocks.begin(), kBlocks.end(), [&](const char* block) { return key.starts_with(block); });
}

/// A run whose last checkpoint is gone must not be mixed with another.
void refuse_remains(const fs::path& last) {
  const fs::path folder = last.parent_path().empty() ? "." : last.parent_path();
  if (!fs::is_directory(folder)) return;
  std::vector<fs::path> remains = epoch_files(folder);
  if (const fs::path best = folder / "best.safetensors"; fs::exists(best)) remains.push_back(best);
  if (remains.empty()) return;
  throw base::UserError(
      fmt::format("{}: holds checkpoints of a run but no last.safetensors; to go on from one of them, add "
                  "train.resume_training_checkpoint_path={}, to begin anew choose another folder (-r DIR)",
                  folder.string(), remains.front().string()));
}

/// Where a run's last checkpoint is damaged, says how to go on from the one before.
nets::Checkpoint load_start(const fs::path& path, const std::string& key) {
  try {
    return nets::load_checkpoint(path, key);
  } catch (const base::UserError& error) {
    for (const fs::path& other : epoch_files(path.parent_path().empty() ? "." : path.parent_path())) {
      std::error_code ignored;
      if (fs::equivalent(path, other, ignored)) continue;  // The newest epoch has the same bytes.
      try {
        nets::load_checkpoint(other, key);
      } catch (const base::UserError&) {
        continue;
      }
      throw base::UserError(
          fmt::format("{}; to go on from an earlier epoch of this run, add train.resume_training_checkpoint_path={}",
                      error.what(), other.string()));
    }
    throw;
  }
}

}  // namespace

fs::path results_folder(const spec::Experiment& experiment) {
  if (experiment.train.results_dir && !experiment.train.results_dir->empty()) return *experiment.train.results_dir;
  if (experiment.results_dir.empty())
    throw base::UserError("results_dir: is not set; say where results go: -r DIR, or results_dir in the spec");
  return fs::path(experiment.results_dir) / "train";
}

std::optional<ResumePoint> find_start(const spec::Experiment& experiment, const fs::path& last) {
  const std::string given = experiment.train.resume_training_checkpoint_path.value_or("");
  const fs::path path = given.empty() ? last : nets::resolve_checkpoint_path(given);
  if (given.empty() && !fs::exists(last)) {
    refuse_remains(last);
    return std::nullopt;
  }
  if (!given.empty() && !fs::exists(path))
    throw base::UserError(
        fmt::format("train.resume_training_checkpoint_path: {} does not exist; give a checkpoint, or "
                    "leave it out to go on from {}",
                    given, last.string()));
  if (given.empty() && !experiment.encryption_key.value_or("").empty() && !base::is_sealed_file(last))
    throw base::UserError(fmt::format(
        "{}: this run was begun without a key, and its files are not sealed; leave -k out, or begin anew in "
        "another folder",
        last.string()));
  nets::Checkpoint checkpoint = load_start(path, experiment.encryption_key.value_or(""));
  std::vector<std::string> keys = spec::differing_keys(experiment, checkpoint.experiment);
  std::erase_if(keys, [&](const std::string& key) {
    return may_differ(key) && !(rate_follows_epochs(experiment.train.optim) && key == "train.num_epochs");
  });
  if (!keys.empty()) {
    throw base::UserError(
        fmt::format("{}: belongs to a run with another spec; these keys differ: {}; choose another results_dir (-r "
                    "DIR) or give the old values",
                    path.string(), fmt::join(keys, ", ")));
  }
  return ResumePoint{std::move(checkpoint), path};
}

void check_same_settings(const std::string& first, const std::string& other, const std::string& name) {
  constexpr std::array kOwnOfAProcess{"train.num_threads", "train.device", "dataset.workers",
                                      "dataset.train_dataset_dir", "dataset.val_dataset_dir"};
  std::vector<std::string> keys =
      spec::differing_keys(spec::parse(first, "process 0", {}).experiment, spec::parse(other, name, {}).experiment);
  std::erase_if(keys, [&](const std::string& key) {
    return std::find(kOwnOfAProcess.begin(), kOwnOfAProcess.end(), key) != kOwnOfAProcess.end() ||
           (may_differ(key) && key != "train.num_epochs" && key != "train.early_stopping_patience");
  });
  if (!keys.empty()) {
    throw base::UserError(
        fmt::format("{}: its settings are not those of process 0; these keys differ: {}; start all "
                    "processes with the same spec",
                    name, fmt::join(keys, ", ")));
  }
}

Setup make_setup(const spec::Experiment& experiment, bool strict, base::Progress& progress) {
  base::keep_freed_memory();  // Before there are threads.
  Setup setup;
  setup.architecture = nets::make_architecture(experiment);
  setup.labels = nets::labels_of(experiment);
  setup.recipes = clip::make_recipes(experiment);
  if (const std::string warning = nets::colour_warning(experiment); !warning.empty()) base::log_warning(warning);
  warn_of_idle_starts(experiment.model);
  setup.augment = make_augment(experiment.dataset.augmentation_config);
  setup.train_items = usable_items(spec::require(experiment.dataset.train_dataset_dir, "dataset.train_dataset_dir"),
                                   experiment, strict, progress, setup);
  check_classes(setup.train_items, setup.labels);
  warn_of_short_clips("dataset.train_dataset_dir", setup.train_items, setup);
  setup.clip_seconds = median_seconds(setup.train_items);
  setup.class_weights = class_weights(experiment.train, setup.labels, setup.train_items);
  const auto& val_dir = experiment.dataset.val_dataset_dir;
  if (val_dir && !val_dir->empty()) {
    setup.val_items =
        usable_items(spec::require(val_dir, "dataset.val_dataset_dir"), experiment, strict, progress, setup);
    warn_of_short_clips("dataset.val_dataset_dir", setup.val_items, setup);
  } else {
    warn("dataset.val_dataset_dir: is not set; the best checkpoint is the one with the lowest training loss", setup);
  }
  return setup;
}

}  // namespace gerund::train
