// nets/architecture.h - which network: everything that fixes the names and shapes of its weights.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spec/experiment.h"
#include "tensor/tensor.h"

namespace gerund::nets {

inline constexpr int64_t kStemHistory = 1;  ///< Frames before new ones that the stem of a causal network sees.
inline constexpr int64_t kConvHistory = 2;  ///< Positions before a new one that its 3x3x3 convolutions see.
inline constexpr int64_t kFullWidth = 64;   ///< Architecture::width of the networks as they were published.

/// What a network sees: colour frames, optical flow, or both.
enum class ModelType { rgb, of, joint };

/// Which file of room nets builds a network: NAME.cc for training, lower_NAME.cc as a graph.
enum class Family { resnet, i3d, video_resnet, x3d };

/// A line of the table of networks in nets/architecture.cc.
struct Backbone {
  std::string_view name;  ///< As in model.backbone.
  Family family;
  std::string_view stem;              ///< Name of the first weight, which has the channels of the input.
  std::string_view head;              ///< What the names of the last layer's tensors begin with.
  std::array<int64_t, 4> depths{};    ///< Blocks of the four stages; i3d has none.
  bool bottleneck = false;            ///< resnet: blocks of three convolutions, with four times the channels behind.
  bool sees_pictures_stacked = true;  ///< Whether there is a 2D variant.
  std::vector<double> mean{};         ///< Of R, G, B, with which its published weights were trained; empty: none are.
  std::vector<double> std{};          ///< As mean.
};

/// A network of that table.
struct Architecture {
  std::string backbone = "resnet_18";
  ModelType model_type = ModelType::rgb;
  bool volume = true;   ///< true: 3D convolutions over [C, T, H, W]; false: 2D convolutions over [C * T, H, W].
  bool causal = false;  ///< 3D resnets only: kernels look back in time only. The weights are those of the other one.
  int64_t num_frames = 16;  ///< T, of frames or of flow images; decides the weights of a 2D network only. A multiple of
                            ///< 4 where causal.
  int64_t flow_frames = 10;    ///< joint: T of its flow branch. Without effect otherwise.
  int64_t width = kFullWidth;  ///< A network has width / 64 of the published channels; 64 are those of the first
                               ///< stage of a ResNet.
  int64_t num_fc = 64;         ///< joint: hidden units that join the branches. Without effect otherwise.
  double dropout_ratio = 0.5;
  int64_t num_classes = 0;

  bool operator==(const Architecture&) const = default;
};

/// All networks that gerund has.
const std::vector<Backbone>& backbones();

/// The line of the architecture's backbone. Throws UserError for a name that is not in the table.
const Backbone& backbone_of(const Architecture& architecture);

/// The networks of one input each that a network consists of: itself, or of a joint one first colour, then flow. This
/// is the order of its inputs.
std::vector<Architecture> branches_of(const Architecture& architecture);

/// What the names of a branch's tensors begin with in a joint network: "model_rgb." or "model_of.".
std::string branch_prefix(const Architecture& branch);

/// Name of the input of a network of one input, in graphs: "input_rgb" or "input_of".
std::string input_name(const Architecture& branch);

/// Channels of the input of a network of one input: C = 3 (rgb) or 2 (of: u and v), times T where frames are stacked.
int64_t input_channels(const Architecture& branch);

/// `channels` of the published network in one of this width; at least 1.
int64_t scaled(const Architecture& architecture, int64_t channels);

/// Whether a tensor belongs to the layers that fit one set of classes only: the head and, of a joint network, the
/// layers that join the branches.
bool is_head(const Architecture& architecture, std::string_view tensor_name);

/// Whether it is the first weight of the network or of a branch.
bool is_stem(const Architecture& architecture, std::string_view tensor_name);

/// Positions in time that the head of a causal network averages: one for every 4 frames of a clip.
int64_t num_positions(const Architecture& architecture);

/// The network that a spec asks for. Throws UserError, naming field and value, for a 2D variant that there is not; for
/// a causal network that is not a 3D resnet or whose T is no multiple of 4; and for clips too small for i3d.
Architecture make_architecture(const spec::Experiment& experiment);

/// What to tell a user whose spec normalises colours otherwise than the published weights of its network need; empty
/// where it does not, or there are none.
std::string colour_warning(const spec::Experiment& experiment);

/// Class names by index, from the label map. Throws UserError where it is empty.
std::vector<std::string> labels_of(const spec::Experiment& experiment);

}  // namespace gerund::nets
