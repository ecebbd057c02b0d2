#include "nets/architecture.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nets/i3d_layout.h"

namespace gerund::nets {
namespace {

Backbone resnet(std::string_view name, std::array<int64_t, 4> depths, bool bottleneck) {
  return {name, Family::resnet, "conv1.weight", "fc_cls.", depths, bottleneck};
}

Backbone video_resnet(std::string_view name) {
  return {name,
          Family::video_resnet,
          "stem.0.weight",
          "fc.",
          {2, 2, 2, 2},
          false,
          false,
          {0.43216, 0.394666, 0.37645},
          {0.22803, 0.22145, 0.216989}};
}

void check_time(const Architecture& architecture) {
  const Backbone& backbone = backbone_of(architecture);
  if (!architecture.volume && !backbone.sees_pictures_stacked) {
    throw base::UserError(
        fmt::format("model.backbone: {} has no 2d variant; set model.input_type to 3d", backbone.name));
  }
  if (!architecture.causal) return;
  if (backbone.family != Family::resnet) {
    throw base::UserError(
        fmt::format("model.temporal: causal is not known for {}; set it to centered, or take a resnet for "
                    "model.backbone",
                    backbone.name));
  }
  if (!architecture.volume || architecture.num_frames % spec::kPositionFrames != 0) {
    throw base::UserError(fmt::format(
        "model.temporal: causal needs input_type 3d and an rgb_seq_length that is a multiple of {}; they are {} and {}",
        spec::kPositionFrames, architecture.volume ? "3d" : "2d", architecture.num_frames));
  }
}

void check_clip_size(const Architecture& architecture, const spec::ModelSpec& model) {
  if (backbone_of(architecture).family != Family::i3d) return;
  for (const Architecture& branch : branches_of(architecture)) {
    if (branch.num_frames >= kI3dLeastFrames) continue;
    throw base::UserError(
        fmt::format("model.{}_seq_length: is {}; i3d needs clips of at least {} frames: set it to 16 or more, or take "
                    "another model.backbone",
                    branch.model_type == ModelType::of ? "of" : "rgb", branch.num_frames, kI3dLeastFrames));
  }
  if (std::min(model.input_height, model.input_width) < kI3dLeastPixels) {
    throw base::UserError(
        fmt::format("model.input_height, model.input_width: are {} and {}; i3d needs at least {} pixels each: set both "
                    "to 224, or take another model.backbone",
                    model.input_height, model.input_width, kI3dLeastPixels));
  }
}

}  // namespace

const std::vector<Backbone>& backbones() {
  // A network more is a line here; of a new family, also NAME.cc, lower_NAME.cc and a line each in network.cc and
  // lower.cc.
  static const std::vector<Backbone> kBackbones{
      resnet("resnet_18", {2, 2, 2, 2}, false),
      resnet("resnet_34", {3, 4, 6, 3}, false),
      resnet("resnet_50", {3, 4, 6, 3}, true),
      resnet("resnet_101", {3, 4, 23, 3}, true),
      resnet("resnet_152", {3, 8, 36, 3}, true),
      {"i3d", Family::i3d, "Conv3d_1a_7x7.conv3d.weight", "logits.conv3d.", {}, false, false, {0.5}, {0.5}},
      video_resnet("r3d_18"),
      video_resnet("mc3_18"),
      video_resnet("r2plus1d_18"),
      {"x3d_s",
       Family::x3d,
       "blocks.0.conv.conv_t.weight",
       "blocks.5.proj.",
       {3, 5, 11, 7},
       false,
       false,
       {0.45},
       {0.225}},
  };
  return kBackbones;
}

const Backbone& backbone_of(const Architecture& architecture) {
  std::vector<std::string_view> names;
  for (const Backbone& backbone : backbones()) {
    if (backbone.name == architecture.backbone) return backbone;
    names.push_back(backbone.name);
  }
  throw base::UserError(
      fmt::format("model.backbone: '{}' is not known; allowed: {}", architecture.backbone, fmt::join(names, ", ")));
}

std::vector<Architecture> branches_of(const Architecture& architecture) {
  if (architecture.model_type != ModelType::joint) return {architecture};
  Architecture rgb = architecture;
  rgb.model_type = ModelType::rgb;
  Architecture flow = architecture;
  flow.model_type = ModelType::of;
  flow.num_frames = architecture.flow_frames;
  return {rgb, flow};
}

std::string branch_prefix(const Architecture& branch) {
  return branch.model_type == ModelType::of ? "model_of." : "model_rgb.";
}

std::string input_name(const Architecture& branch) {
  return branch.model_type == ModelType::of ? "input_of" : "input_rgb";
}

int64_t input_channels(const Architecture& branch) {
  const int64_t channels = branch.model_type == ModelType::of ? 2 : 3;
  return branch.volume ? channels : channels * branch.num_frames;
}

int64_t scaled(const Architecture& architecture, int64_t channels) {
  return std::max<int64_t>(1, channels * architecture.width / kFullWidth);
}

bool is_head(const Architecture& architecture, std::string_view tensor_name) {
  const std::string_view head = backbone_of(architecture).head;
  if (architecture.model_type != ModelType::joint) return tensor_name.starts_with(head);
  if (tensor_name.starts_with("fc1.") || tensor_name.starts_with("fc2.")) return true;
  const std::vector<Architecture> branches = branches_of(architecture);
  return std::any_of(branches.begin(), branches.end(), [&](const Architecture& branch) {
    return tensor_name.starts_with(branch_prefix(branch) + std::string(head));
  });
}

bool is_stem(const Architecture& architecture, std::string_view tensor_name) {
  const std::string_view stem = backbone_of(architecture).stem;
  if (architecture.model_type != ModelType::joint) return tensor_name == stem;
  const std::vector<Architecture> branches = branches_of(architecture);
  return std::any_of(branches.begin(), branches.end(), [&](const Architecture& branch) {
    return tensor_name == branch_prefix(branch) + std::string(stem);
  });
}

int64_t num_positions(const Architecture& architecture) {
  return architecture.num_frames / spec::kPositionFrames;
}

Architecture make_architecture(const spec::Experiment& experiment) {
  const spec::ModelSpec& model = experiment.model;
  Architecture architecture;
  architecture.causal = model.temporal == "causal";
  architecture.backbone = model.backbone;
  architecture.volume = model.input_type == "3d";
  architecture.model_type = model.model_type == "of"      ? ModelType::of
                            : model.model_type == "joint" ? ModelType::joint
                                                          : ModelType::rgb;
  architecture.num_frames = model.model_type == "of" ? model.of_seq_length : model.rgb_seq_length;
  architecture.flow_frames = model.of_seq_length;
  architecture.width = model.width;
  architecture.num_fc = model.num_fc;
  architecture.dropout_ratio = model.dropout_ratio;
  architecture.num_classes = static_cast<int64_t>(labels_of(experiment).size());
  check_time(architecture);
  check_clip_size(architecture, model);
  return architecture;
}

std::string colour_warning(const spec::Experiment& experiment) {
  Architecture architecture;
  architecture.backbone = experiment.model.backbone;
  const Backbone& backbone = backbone_of(architecture);
  const spec::AugmentationSpec& given = experiment.dataset.augmentation_config;
  const auto same = [](const std::vector<double>& wanted, const std::vector<double>& list) {
    if (list.empty()) return false;
    for (size_t c = 0; c < 3; ++c) {
      if (std::abs(wanted[c % wanted.size()] - list[c % list.size()]) > 1e-6) return false;
    }
    return true;
  };
  if (backbone.mean.empty() || experiment.model.model_type == "of" ||
      (same(backbone.mean, given.rgb_input_mean) && same(backbone.std, given.rgb_input_std)))
    return "";
  return fmt::format(
      "dataset.augmentation_config: rgb_input_mean {} and rgb_input_std {} are not those of the published weights of "
      "{}; to start from these, set them to {} and {}",
      given.rgb_input_mean, given.rgb_input_std, backbone.name, backbone.mean, backbone.std);
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
