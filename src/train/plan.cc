#include "train/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "base/error.h"

namespace gerund::train {
namespace {

constexpr int64_t kFrames = 16, kFewestFrames = 4;
constexpr double kWholeSeconds = 6;     // Up to here a clip is seen whole.
constexpr double kWindowSeconds = 2.5;  // Of longer ones.
constexpr int64_t kFewClips = 400;
constexpr int64_t kBatchSize = 8;
constexpr int64_t kMostEpochs = 60, kLeastEpochs = 10;

template <typename Value>
double median_of(const data::Survey& survey, Value value) {
  std::vector<double> values;
  for (const data::ClipFacts& clip : survey.clips) values.push_back(value(clip));
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void check_classes(const data::Survey& survey, const data::LabelMap& label_map, int64_t least) {
  std::map<std::string, int64_t> counts;
  for (const auto& [label, index] : label_map) counts[label] = 0;
  for (const data::ClipFacts& clip : survey.clips) ++counts[clip.item.label];
  if (counts.size() < 2)
    throw base::UserError(
        fmt::format("there is one class, '{}', and a network learns to tell classes apart: add a folder of clips of "
                    "something else, if only of moments when nothing happens",
                    counts.empty() ? "" : counts.begin()->first));
  for (const auto& [label, count] : counts)
    if (count < least)
      throw base::UserError(fmt::format(
          "class '{}' has {} clip{} that can be used, and needs {} at least, some to learn from and some to "
          "test with (20 or more do well): film more, or take its folder away",
          label, count, count == 1 ? "" : "s", least));
}

/// Whether names of classes tell left from right: a word of theirs is one of them.
bool tells_sides(const data::LabelMap& label_map) {
  for (const auto& [label, index] : label_map) {
    std::string word;
    for (const char c : label + " ") {
      if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
        word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        continue;
      }
      if (word == "left" || word == "right") return true;
      word.clear();
    }
  }
  return false;
}

void plan_clips(const data::Survey& survey, Plan& plan) {
  spec::ModelSpec& model = plan.experiment.model;
  const double seconds = median_of(survey, [](const auto& clip) { return clip.info.duration_seconds; });
  const double fps = median_of(survey, [](const auto& clip) { return clip.info.fps; });
  model.input_type = "3d";
  model.rgb_seq_length = kFrames;
  const double frames = median_of(survey, [](const auto& clip) { return static_cast<double>(clip.info.num_frames); });
  while (model.rgb_seq_length > kFewestFrames && static_cast<double>(model.rgb_seq_length) > frames)
    model.rgb_seq_length /= 2;
  if (seconds <= kWholeSeconds) {
    model.sample_strategy = "random_interval";
    plan.reasons.push_back(
        fmt::format("Clips: {} of {:.1f} s (median); each is seen whole, as {} frames spread over it",
                    survey.clips.size(), seconds, model.rgb_seq_length));
    return;
  }
  model.sample_strategy = "consecutive";
  model.sample_rate =
      std::max<int64_t>(1, std::llround(kWindowSeconds * fps / static_cast<double>(model.rgb_seq_length)));
  plan.reasons.push_back(fmt::format(
      "Clips: {} of {:.1f} s (median) at {:.0f} frames per second; {:.1f} s of each are seen at a time, {} frames, of "
      "{} one",
      survey.clips.size(), seconds, fps,
      static_cast<double>(model.rgb_seq_length * model.sample_rate) / std::max(fps, 1.0), model.rgb_seq_length,
      model.sample_rate));
}

void plan_network(const data::Survey& survey, const PlanOptions& options, Plan& plan) {
  spec::ModelSpec& model = plan.experiment.model;
  const bool is_few = static_cast<int64_t>(survey.clips.size()) <= kFewClips;
  model.width = options.has_gpu ? 64 : is_few ? 16 : 32;
  const int64_t side = options.has_gpu || !is_few ? 112 : 84;
  const double aspect = median_of(
      survey, [](const auto& clip) { return static_cast<double>(clip.info.width) / std::max(clip.info.height, 1); });
  const auto long_side = [&](double ratio) {
    return std::clamp<int64_t>(4 * std::llround(static_cast<double>(side) * ratio / 4), side, 2 * side);
  };
  model.input_width = aspect >= 1 ? long_side(aspect) : side;
  model.input_height = aspect >= 1 ? side : long_side(1 / aspect);
  model.dropout_ratio = 0.2;
  std::string start = "fresh weights";
  if (const std::optional<Start> found = options.find_start ? options.find_start(model) : std::nullopt) {
    model.rgb_pretrained_model_path = found->path.string();
    start = fmt::format("weights that know {} ({})", found->knowledge, found->path.filename().string());
  }
  plan.reasons.push_back(fmt::format(
      "Network: 3D ResNet-18{}, {}x{} pixels, as there {}; it starts from {}",
      model.width == 64 ? "" : fmt::format(" with {} of its channels", model.width == 16 ? "a quarter" : "half"),
      model.input_width, model.input_height,
      options.has_gpu ? "is a GPU"
      : is_few        ? fmt::format("is no GPU and there are no more than {} clips", kFewClips)
                      : fmt::format("is no GPU and there are more than {} clips", kFewClips),
      start));
}

void plan_schedule(const PlanOptions& options, bool is_mirrored, Plan& plan) {
  spec::Experiment& experiment = plan.experiment;
  experiment.train.num_threads = options.num_cores > 1 ? options.num_cores - std::max(1, options.num_cores / 4) : 1;
  experiment.train.optim.lr = experiment.model.rgb_pretrained_model_path ? 0.005 : 0.01;
  experiment.train.optim.lr_scheduler = "Cosine";
  experiment.train.optim.weight_decay = 5e-4;
  spec::DatasetSpec& dataset = experiment.dataset;
  dataset.batch_size = kBatchSize;
  dataset.workers = std::max(1, options.num_cores / 2);
  spec::AugmentationSpec& pixels = dataset.augmentation_config;
  pixels.crop_smaller_edge = std::min(experiment.model.input_width, experiment.model.input_height) * 11 / 10;
  pixels.val_center_crop = true;
  pixels.rgb_input_mean = pixels.rgb_input_std = {0.5};
  pixels.horizontal_flip_prob = is_mirrored ? 0.5 : 0;
}

}  // namespace

Plan plan_training(const data::Survey& survey, const data::LabelMap& label_map, const PlanOptions& options) {
  check_classes(survey, label_map, options.least_clips);
  Plan plan;
  plan.experiment.dataset.label_map = label_map;
  plan_clips(survey, plan);
  plan_network(survey, options, plan);
  plan_schedule(options, !tells_sides(label_map), plan);
  return plan;
}

void plan_epochs(int64_t num_clips, const PlanOptions& options, Plan& plan) {
  const int64_t wanted = options.has_gpu ? 72000 : 14400;
  spec::TrainSpec& train = plan.experiment.train;
  train.num_epochs = std::clamp((wanted + num_clips / 2) / num_clips, kLeastEpochs, kMostEpochs);
  plan.reasons.push_back(
      fmt::format("Training: {} epochs of {} clips, {} at a time, at a rate that falls from {:g}; {}", train.num_epochs,
                  num_clips, plan.experiment.dataset.batch_size, train.optim.lr,
                  plan.experiment.dataset.augmentation_config.horizontal_flip_prob > 0
                      ? "half of the clips are mirrored"
                      : "none is mirrored, as names of classes tell left from right"));
}

}  // namespace gerund::train
