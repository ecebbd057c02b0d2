#include "predict/import_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/utf8.h"
#include "clip/recipe.h"
#include "nets/import_weights.h"

namespace gerund::predict {
namespace {

using nlohmann::json;

/// What a network was published to be fed.
struct PublishedInput {
  std::string_view backbone;
  int64_t num_frames;
  int64_t size;
  std::array<double, 3> mean;  ///< Of pixels in 0..1, RGB.
  std::array<double, 3> std;
};
// torchvision's references/video_classification (Kinetics-400), and pytorch-i3d, which maps pixels to -1..1. All others
// are as ImageNet's networks are fed, which is what a spec says by itself.
constexpr std::array<double, 3> kKineticsMean{0.43216, 0.394666, 0.37645};
constexpr std::array<double, 3> kKineticsStd{0.22803, 0.22145, 0.216989};
constexpr std::array kPublishedInputs{PublishedInput{"r3d_18", 16, 112, kKineticsMean, kKineticsStd},
                                      PublishedInput{"mc3_18", 16, 112, kKineticsMean, kKineticsStd},
                                      PublishedInput{"r2plus1d_18", 16, 112, kKineticsMean, kKineticsStd},
                                      PublishedInput{"i3d", 64, 224, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}}};

nets::ModelType model_type_of(const std::string& name) {
  if (name != "rgb" && name != "of")
    throw base::UserError(fmt::format("--model-type: '{}' is neither rgb nor of", name));
  return name == "of" ? nets::ModelType::of : nets::ModelType::rgb;
}

/// A checkpoint says what it is of; other files are recognised.
nets::Architecture architecture_of(const nets::WeightFile& file, const ImportOptions& options) {
  const bool is_changed = options.backbone || options.input_type || options.model_type;
  if (file.checkpoint && !is_changed) return nets::make_architecture(file.checkpoint->experiment);
  const std::string name = file.path.string();
  if (options.input_type && *options.input_type != "2d" && *options.input_type != "3d")
    throw base::UserError(fmt::format("--input-type: '{}' is neither 2d nor 3d", *options.input_type));
  nets::WantedNetwork wanted;
  wanted.backbone = options.backbone;
  wanted.num_frames = options.num_frames;
  if (options.input_type) wanted.volume = *options.input_type == "3d";
  if (options.model_type) wanted.model_type = model_type_of(*options.model_type);
  if (file.checkpoint && file.checkpoint->experiment.model.model_type == "joint")
    throw base::UserError(
        fmt::format("{}: is a joint network, which keeps its backbones and inputs; leave --backbone, --input-type and "
                    "--model-type out",
                    name));
  if (file.checkpoint && !wanted.model_type)
    wanted.model_type = model_type_of(file.checkpoint->experiment.model.model_type);
  return nets::recognise_network(file.weights, wanted, name);
}

void set_published_input(spec::Experiment& experiment, int64_t& num_frames) {
  for (const PublishedInput& input : kPublishedInputs) {
    if (input.backbone != experiment.model.backbone) continue;
    num_frames = input.num_frames;
    experiment.model.input_height = experiment.model.input_width = input.size;
    experiment.model.sample_strategy = "consecutive";
    experiment.dataset.augmentation_config.rgb_input_mean.assign(input.mean.begin(), input.mean.end());
    experiment.dataset.augmentation_config.rgb_input_std.assign(input.std.begin(), input.std.end());
  }
}

/// The spec of the file's network: its own where it is a checkpoint, else that of the published one.
spec::Experiment experiment_of(const nets::WeightFile& file, const nets::Architecture& architecture,
                               const ImportOptions& options) {
  spec::Experiment experiment;
  if (file.checkpoint) experiment = file.checkpoint->experiment;
  spec::ModelSpec& model = experiment.model;
  model.backbone = architecture.backbone;
  model.input_type = architecture.volume ? "3d" : "2d";
  model.width = architecture.width;
  const bool is_flow = architecture.model_type == nets::ModelType::of;
  if (architecture.model_type != nets::ModelType::joint) model.model_type = is_flow ? "of" : "rgb";
  int64_t& num_frames = is_flow ? model.of_seq_length : model.rgb_seq_length;
  if (!file.checkpoint) {
    num_frames = architecture.num_frames;
    set_published_input(experiment, num_frames);
  }
  if (!architecture.volume) num_frames = architecture.num_frames;
  if (options.num_frames) num_frames = *options.num_frames;
  if (options.size) model.input_height = model.input_width = *options.size;
  if (!options.key.empty()) experiment.encryption_key = options.key;
  return experiment;
}

std::vector<std::string> labels_for(const nets::WeightFile& file, int64_t num_classes, const ImportOptions& options) {
  const std::string name = file.path.string();
  if (!options.labels.empty()) {
    const std::set<std::string> distinct(options.labels.begin(), options.labels.end());
    if (distinct.size() != options.labels.size())
      throw base::UserError("--labels: a label is there twice; every class needs its own");
    if (num_classes != 0 && static_cast<size_t>(num_classes) != options.labels.size())
      throw base::UserError(fmt::format("--labels: has {} labels, and the last layer of {} has {} classes",
                                        options.labels.size(), name, num_classes));
    return options.labels;
  }
  if (file.checkpoint) return file.checkpoint->labels;
  if (num_classes == 0)
    throw base::UserError(
        fmt::format("{}: has no last layer; say which classes the network is to have (--labels FILE)", name));
  std::vector<std::string> labels;
  for (int64_t i = 0; i < num_classes; ++i) labels.push_back(fmt::format("class_{}", i));
  return labels;
}

json origin_of(const nets::WeightFile& file, const nets::Transfer& transfer) {
  return {{"file", file.path.filename().string()}, {"sha256", file.sha256},
          {"loaded", transfer.loaded.size()},      {"adapted", transfer.adapted.size()},
          {"fresh", transfer.fresh.size()},        {"made_by", "gerund " GERUND_VERSION}};
}

std::string row_of(const char* what, const std::vector<std::string>& names, const char* meaning) {
  constexpr size_t kShown = 3;
  std::string text = fmt::format("  {:<8}{:>5}  {}", what, names.size(), meaning);
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : ": ") + names[i];
  return text + (names.size() > kShown ? ", ...\n" : "\n");
}

}  // namespace

Import import_model(const std::filesystem::path& path, const ImportOptions& options) {
  nets::WeightFile file = nets::read_weight_file(path, options.key);
  const nets::Architecture architecture = architecture_of(file, options);
  nets::check_finite(file.weights, file.path.string());
  Import imported;
  nets::Checkpoint& checkpoint = imported.checkpoint;
  checkpoint.experiment = experiment_of(file, architecture, options);
  checkpoint.labels = labels_for(file, architecture.num_classes, options);
  checkpoint.experiment.dataset.label_map.clear();
  for (size_t i = 0; i < checkpoint.labels.size(); ++i)
    checkpoint.experiment.dataset.label_map[checkpoint.labels[i]] = static_cast<int64_t>(i);
  nets::ImportedWeights weights =
      nets::import_weights(nets::make_architecture(checkpoint.experiment), std::move(file.weights));
  checkpoint.weights = std::move(weights.weights);
  checkpoint.recipe = clip::to_json(clip::make_recipes(checkpoint.experiment));
  checkpoint.clip_seconds = file.checkpoint ? file.checkpoint->clip_seconds : 0;
  checkpoint.origin = base::json_text(origin_of(file, weights.transfer));
  imported.transfer = std::move(weights.transfer);
  imported.sha256 = file.sha256;
  return imported;
}

std::string to_text(const Import& imported) {
  const spec::ModelSpec& model = imported.checkpoint.experiment.model;
  const nets::Transfer& transfer = imported.transfer;
  return fmt::format("{}, {}, {}, clips of {} frames of {} x {}, width {}, {} classes\n", model.backbone,
                     model.model_type, model.input_type,
                     model.model_type == "of" ? model.of_seq_length : model.rgb_seq_length, model.input_width,
                     model.input_height, model.width, imported.checkpoint.labels.size()) +
         row_of("loaded", transfer.loaded, "as they are") +
         row_of("adapted", transfer.adapted, "to this network's shape") +
         row_of("fresh", transfer.fresh, "not in the file, so not trained") +
         row_of("unused", transfer.unused, "in the file, but not in the network") +
         fmt::format("SHA-256 of the file: {}\n", imported.sha256);
}

}  // namespace gerund::predict
