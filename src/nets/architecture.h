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

/// A line of the table of networks in nets/architecture.cc.
struct Backbone {
  std::string_view name;            ///< As in model.backbone.
  std::string_view stem;            ///< Name of the first weight, which has the channels of the input.
  std::string_view head;            ///< What the names of the last layer's tensors begin with.
  std::array<int64_t, 4> depths{};  ///< Basic blocks of the four stages.
};
/// All networks that gerund has.
const std::vector<Backbone>& backbones();

/// A network of that table.
struct Architecture {
  std::string backbone = "resnet_18";
  bool volume = true;       ///< true: 3D convolutions over [3, T, H, W]; false: 2D convolutions over [3 * T, H, W].
  bool causal = false;      ///< Volumes only: kernels look back in time only. The weights are those of the other one.
  int64_t num_frames = 16;  ///< T; decides the weights of a 2D network only. A multiple of 4 where causal.
  int64_t width = 64;       ///< Channels of the first stage; the stages have 1, 2, 4, 8 times as many.
  double dropout_ratio = 0.5;
  int64_t num_classes = 0;

  bool operator==(const Architecture&) const = default;
};

/// Basic blocks in each of the four stages, e.g. {2, 2, 2, 2} for resnet_18.
/// Throws UserError for a backbone that gerund does not have yet.
std::vector<int64_t> stage_depths(const Architecture& architecture);

/// Channels of the network's input: 3 (volume) or 3 * T.
int64_t input_channels(const Architecture& architecture);

/// Positions in time that the head of a causal network averages: one for every 4 frames of a clip.
int64_t num_positions(const Architecture& architecture);

/// The network that a spec asks for. Throws UserError for model_type of, joint and backbones that come later, and for a
/// causal network that is not 3d or whose T is no multiple of 4, naming field and value.
Architecture make_architecture(const spec::Experiment& experiment);

/// Class names by index, from the label map. Throws UserError where it is empty.
std::vector<std::string> labels_of(const spec::Experiment& experiment);

}  // namespace gerund::nets
