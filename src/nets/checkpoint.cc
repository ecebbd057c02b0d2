#include "nets/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/seal.h"
#include "base/utf8.h"
#include "spec/load.h"
#include "tensor/torch_file.h"

namespace gerund::nets {
namespace {

using nlohmann::json;

constexpr const char* kFormatKey = "gerund.format";
constexpr const char* kFormat = "gerund.checkpoint/1";
constexpr std::string_view kOptimizerPrefix = "optimizer.";

json optional_number(const std::optional<double>& value) {
  return value ? json(*value) : json(nullptr);
}

std::optional<double> number_or_null(const json& value) {
  return value.is_null() ? std::nullopt : std::optional<double>(value.get<double>());
}

json to_json(const EpochMetrics& metrics) {
  return {{"epoch", metrics.epoch},
          {"lr", metrics.lr},
          {"train_loss", metrics.train_loss},
          {"train_accuracy", metrics.train_accuracy},
          {"val_loss", optional_number(metrics.val_loss)},
          {"val_accuracy", optional_number(metrics.val_accuracy)},
          {"val_class_accuracy", optional_number(metrics.val_class_accuracy)},
          {"seconds", metrics.seconds},
          {"clips_per_second", metrics.clips_per_second},
          {"wait_share", metrics.wait_share}};
}

EpochMetrics metrics_from_json(const json& value) {
  EpochMetrics metrics;
  metrics.epoch = value.at("epoch").get<int64_t>();
  metrics.lr = value.at("lr").get<double>();
  metrics.train_loss = value.at("train_loss").get<double>();
  metrics.train_accuracy = value.at("train_accuracy").get<double>();
  metrics.val_loss = number_or_null(value.at("val_loss"));
  metrics.val_accuracy = number_or_null(value.at("val_accuracy"));
  metrics.val_class_accuracy = number_or_null(value.value("val_class_accuracy", json(nullptr)));
  metrics.seconds = value.at("seconds").get<double>();
  metrics.clips_per_second = value.value("clips_per_second", 0.0);
  metrics.wait_share = value.value("wait_share", 0.0);
  return metrics;
}

json to_json(const TrainingState& state) {
  json history = json::array();
  for (const EpochMetrics& metrics : state.history) history.push_back(to_json(metrics));
  return {{"seed", state.seed},
          {"epoch", state.epoch},
          {"batch", state.batch},
          {"clips_per_batch", state.clips_per_batch},
          {"loss_sum", state.loss_sum},
          {"num_correct", state.num_correct},
          {"num_clips", state.num_clips},
          {"num_updates", state.num_updates},
          {"lr", state.lr},
          {"plateau_best", state.plateau_best},
          {"plateau_seen", state.plateau_seen},
          {"plateau_bad_epochs", state.plateau_bad_epochs},
          {"history", history}};
}

TrainingState state_from_json(const json& value) {
  TrainingState state;
  state.seed = value.at("seed").get<uint64_t>();
  state.epoch = value.at("epoch").get<int64_t>();
  state.batch = value.at("batch").get<int64_t>();
  state.clips_per_batch = value.value("clips_per_batch", int64_t{0});
  state.loss_sum = value.at("loss_sum").get<double>();
  state.num_correct = value.at("num_correct").get<int64_t>();
  state.num_clips = value.at("num_clips").get<int64_t>();
  state.num_updates = value.value("num_updates", int64_t{0});
  state.lr = value.at("lr").get<double>();
  state.plateau_best = value.at("plateau_best").get<double>();
  state.plateau_seen = value.at("plateau_seen").get<bool>();
  state.plateau_bad_epochs = value.at("plateau_bad_epochs").get<int64_t>();
  for (const json& metrics : value.at("history")) state.history.push_back(metrics_from_json(metrics));
  return state;
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  spec::Experiment experiment = checkpoint.experiment;
  experiment.encryption_key.reset();  // A key has no business in the file that it is to seal.
  tensor::TensorFile file;
  file.tensors = checkpoint.weights;
  for (const auto& [name, value] : checkpoint.optimizer) file.tensors[std::string(kOptimizerPrefix) + name] = value;
  file.metadata = {{kFormatKey, kFormat},
                   {"gerund.spec", spec::print(experiment)},
                   {"gerund.labels", base::json_text(json(checkpoint.labels))},
                   {"gerund.recipe", checkpoint.recipe},
                   {"gerund.clip_seconds", base::json_text(json(checkpoint.clip_seconds))},
                   {"gerund.state", base::json_text(to_json(checkpoint.state))}};
  if (!checkpoint.origin.empty()) file.metadata["gerund.origin"] = checkpoint.origin;
  if (const std::string key = checkpoint.experiment.encryption_key.value_or(""); !key.empty()) {
    base::write_sealed(path, tensor::serialize_safetensors(file), key);
  } else {
    tensor::write_safetensors(path, file);
  }
}

Checkpoint load_checkpoint(const std::filesystem::path& path, const std::string& key) {
  const std::string name = resolve_checkpoint_path(path).string();
  const std::string bytes = base::read_unsealed(name, key);
  if (tensor::is_torch_file(bytes))
    throw base::UserError(
        fmt::format("{}: is a file of PyTorch; make a checkpoint of it with gerund models import {}", name, name));
  return to_checkpoint(tensor::parse_safetensors(bytes, name), name);
}

bool is_checkpoint(const tensor::TensorFile& file) {
  const auto format = file.metadata.find(kFormatKey);
  return format != file.metadata.end() && format->second == kFormat;
}

Checkpoint to_checkpoint(tensor::TensorFile file, const std::string& name) {
  if (!is_checkpoint(file)) {
    throw base::UserError(
        fmt::format("{}: holds tensors but is no checkpoint of gerund (metadata {} is not '{}'); give a file that "
                    "gerund train or gerund models import wrote",
                    name, kFormatKey, kFormat));
  }
  Checkpoint checkpoint;
  try {
    checkpoint.experiment = spec::parse(file.metadata.at("gerund.spec"), name + " (spec inside)", {}).experiment;
    checkpoint.labels = json::parse(file.metadata.at("gerund.labels")).get<std::vector<std::string>>();
    checkpoint.recipe = file.metadata.at("gerund.recipe");
    checkpoint.clip_seconds = json::parse(file.metadata.at("gerund.clip_seconds")).get<double>();
    if (const auto origin = file.metadata.find("gerund.origin"); origin != file.metadata.end())
      checkpoint.origin = origin->second;
    checkpoint.state = state_from_json(json::parse(file.metadata.at("gerund.state")));
  } catch (const std::out_of_range&) {
    throw base::UserError(fmt::format("{}: lacks part of a checkpoint's metadata; take another copy", name));
  } catch (const json::exception& error) {
    throw base::UserError(fmt::format("{}: its metadata is damaged ({}); take another copy", name, error.what()));
  }
  for (auto& [tensor_name, value] : file.tensors) {
    const bool is_optimizer = tensor_name.starts_with(kOptimizerPrefix);
    auto& target = is_optimizer ? checkpoint.optimizer : checkpoint.weights;
    target.emplace(is_optimizer ? tensor_name.substr(kOptimizerPrefix.size()) : tensor_name, std::move(value));
  }
  return checkpoint;
}

std::filesystem::path resolve_checkpoint_path(const std::filesystem::path& path) {
  if (path.extension() != ".tlt" || std::filesystem::exists(path)) return path;
  std::filesystem::path sibling = path;
  sibling.replace_extension(".safetensors");
  return std::filesystem::exists(sibling) ? sibling : path;
}

void check_finite(const std::map<std::string, tensor::Tensor>& weights, const std::string& origin) {
  for (const auto& [name, value] : weights) {
    if (value.dtype() != tensor::DType::f32) continue;
    const auto numbers = value.floats();
    if (std::all_of(numbers.begin(), numbers.end(), [](float number) { return std::isfinite(number); })) continue;
    throw base::UserError(
        fmt::format("{}: its tensor '{}' has values that are infinite or no numbers: training has "
                    "diverged or the file is damaged; take an earlier checkpoint",
                    origin, name));
  }
}

int64_t num_parameters(const std::map<std::string, tensor::Tensor>& weights) {
  int64_t count = 0;
  for (const auto& [name, value] : weights) {
    const bool is_statistic =
        name.ends_with("running_mean") || name.ends_with("running_var") || name.ends_with("num_batches_tracked");
    if (!is_statistic) count += value.size();
  }
  return count;
}

}  // namespace gerund::nets
