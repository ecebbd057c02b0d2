#include "nets/architecture.h"

#include <fmt/format.h>

#include "base/error.h"

namespace gerund::nets {
namespace {

const Backbone* find_backbone(const std::string& name) {
  for (const Backbone& backbone : backbones()) {
    if (backbone.name == name) return &backbone;
  }
  return nullptr;
}

}  // namespace

const std::vector<Backbone>& backbones() {
  // A network more is a line here (basic blocks) and, for another kind of block, a file beside nets/resnet.h.
  static const std::vector<Backbone> kBackbones{{"resnet_18", "conv1.weight", "fc_cls.", {2, 2, 2, 2}}};
  return kBackbones;
}

std::vector<int64_t> stage_depths(const Architecture& architecture) {
  const Backbone* backbone = find_backbone(architecture.backbone);
  if (backbone == nullptr) {
    throw base::UserError(fmt::format("model.backbone: '{}' is not built yet; use resnet_18", architecture.backbone));
  }
  return {backbone->depths.begin(), backbone->depths.end()};
}

int64_t input_channels(const Architecture& architecture) {
  return architecture.volume ? 3 : 3 * architecture.num_frames;
}

int64_t num_positions(const Architecture& architecture) {
  return architecture.num_frames / spec::kPositionFrames;
}

Architecture make_architecture(const spec::Experiment& experiment) {
  const spec::ModelSpec& model = experiment.model;
  if (model.model_type != "rgb") {
    throw base::UserError(fmt::format("model.model_type: '{}' is not built yet; use rgb", model.model_type));
  }
  if (model.imagenet_pretrained) {
    throw base::UserError(
        "model.imagenet_pretrained: true is not built yet; set it to false, or give model.rgb_pretrained_model_path");
  }
  const bool causal = model.temporal == "causal";
  if (causal && (model.input_type != "3d" || model.rgb_seq_length % spec::kPositionFrames != 0)) {
    throw base::UserError(fmt::format(
        "model.temporal: causal needs input_type 3d and an rgb_seq_length that is a multiple of {}; they are "
        "{} and {}",
        spec::kPositionFrames, model.input_type, model.rgb_seq_length));
  }
  Architecture architecture;
  architecture.causal = causal;
  architecture.backbone = model.backbone;
  architecture.volume = model.input_type == "3d";
  architecture.num_frames = model.rgb_seq_length;
  architecture.width = model.width;
  architecture.dropout_ratio = model.dropout_ratio;
  architecture.num_classes = static_cast<int64_t>(labels_of(experiment).size());
  stage_depths(architecture);
  return architecture;
}

std::vector<std::string> labels_of(const spec::Experiment& experiment) {
  if (experiment.dataset.label_map.empty()) {
    throw base::UserError(
        "dataset.label_map: is empty; give each class folder a number, e.g. label_map: {walk: 0, run: 1}");
  }
  std::vector<std::string> labels(experiment.dataset.label_map.size());
  for (const auto& [name, index] : experiment.dataset.label_map) labels.at(static_cast<size_t>(index)) = name;
  return labels;
}

}  // namespace gerund::nets
