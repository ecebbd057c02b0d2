#include "spec/checks.h"

#include <fmt/format.h>

namespace gerund::spec {
namespace {

/// Finds where a field was given.
class Places {
 public:
  Places(const Settings& settings, std::string file) : settings_(settings), file_(std::move(file)) {}

  /// Fails at the field `key`.
  [[noreturn]] void refuse(const std::string& key, const std::string& message) const {
    const auto given = settings_.find(key);
    if (given != settings_.end()) fail(given->second, message);
    Value nowhere;
    nowhere.place = file_;
    nowhere.name = key;
    fail(nowhere, message);
  }

  /// Fails at one entry of the label map.
  [[noreturn]] void refuse_class(const std::string& class_name, const std::string& message) const {
    const auto given = settings_.find("dataset.label_map");
    if (given != settings_.end()) {
      for (const Entry& entry : given->second.entries) {
        if (entry.key == class_name) fail(entry.value, message);
      }
    }
    refuse("dataset.label_map", message);
  }

 private:
  const Settings& settings_;
  std::string file_;
};

void check_label_map(const std::map<std::string, int64_t>& labels, const Places& places) {
  constexpr size_t kLongestName = 255;  // of a folder, bytes
  const auto count = static_cast<int64_t>(labels.size());
  std::map<int64_t, std::string> names;
  for (const auto& [name, index] : labels) {
    if (name.empty() || name.size() > kLongestName || name.find('/') != std::string::npos)
      places.refuse_class(name, "is not a class name; allowed: the name of a folder");
    const auto [other, is_new] = names.emplace(index, name);
    if (!is_new)
      places.refuse_class(
          name, fmt::format("has the index {} of '{}'; each class needs its own", index, excerpt(other->second)));
    if (index < 0 || index >= count)
      places.refuse_class(name, fmt::format("{} is out of range; allowed: 0..{}, one for each of the {} classes", index,
                                            count - 1, count));
  }
}

/// The other networks convolve over time and have no 2D variant.
bool is_resnet(const ModelSpec& model) {
  return model.backbone.starts_with("resnet_");
}

void check_temporal(const ModelSpec& model, const Places& places) {
  if (model.temporal != "causal") return;
  if (model.input_type != "3d")
    places.refuse("model.temporal", "causal needs a network over time; set model.input_type to 3d");
  if (!is_resnet(model) || model.model_type != "rgb")
    places.refuse("model.temporal",
                  fmt::format("causal is not known for {} with model_type {}; allowed: resnet with rgb", model.backbone,
                              model.model_type));
  if (model.rgb_seq_length % kPositionFrames != 0)
    places.refuse("model.rgb_seq_length", fmt::format("{} is out of range; allowed with model.temporal causal: a "
                                                      "multiple of {}",
                                                      model.rgb_seq_length, kPositionFrames));
  if (model.history_frames > 0 && model.history_frames % kPositionFrames != 0)
    places.refuse("model.history_frames", fmt::format("{} is out of range; allowed: -1 or a multiple of {}",
                                                      model.history_frames, kPositionFrames));
}

void check_train(const TrainSpec& train, const Places& places) {
  const auto check_interval = [&](const char* key, int64_t interval) {
    if (interval > train.num_epochs)
      places.refuse(
          key, fmt::format("{} is out of range; allowed: at most train.num_epochs, {}", interval, train.num_epochs));
  };
  if (train.checkpoint_interval_unit == "epoch") check_interval("train.checkpoint_interval", train.checkpoint_interval);
  check_interval("train.validation_interval", train.validation_interval);
  const OptimSpec& optim = train.optim;
  for (size_t i = 1; i < optim.lr_steps.size(); ++i) {
    if (optim.lr_steps[i] <= optim.lr_steps[i - 1])
      places.refuse("train.optim.lr_steps",
                    fmt::format("{} follows {}; allowed: rising epochs", optim.lr_steps[i], optim.lr_steps[i - 1]));
  }
  if (optim.lr_scheduler == "Cosine" && optim.min_lr > optim.lr)
    places.refuse("train.optim.min_lr", fmt::format("{} is above train.optim.lr, {}; allowed with Cosine: at most that",
                                                    optim.min_lr, optim.lr));
  if (optim.nesterov && (optim.optimizer != "sgd" || optim.momentum == 0))
    places.refuse("train.optim.nesterov", "needs train.optim.optimizer sgd and a momentum above 0");
  if (optim.lr_scheduler == "AutoReduce" && optim.lr_decay >= 1)
    places.refuse("train.optim.lr_decay",
                  fmt::format("{} is out of range; allowed with AutoReduce: < 1", optim.lr_decay));
}

}  // namespace

void check_experiment(const Experiment& experiment, const Settings& settings, const std::string& name) {
  const Places places(settings, name);
  const ModelSpec& model = experiment.model;
  if (!is_resnet(model) && model.input_type != "3d")
    places.refuse("model.backbone", fmt::format("{} cannot have model.input_type {}; set model.input_type to 3d",
                                                model.backbone, model.input_type));
  check_temporal(model, places);
  check_label_map(experiment.dataset.label_map, places);
  if (experiment.dataset.augmentation_config.scales.empty())
    places.refuse("dataset.augmentation_config.scales", "is empty; allowed: at least one number, > 0, <= 1");
  check_train(experiment.train, places);
}

}  // namespace gerund::spec
