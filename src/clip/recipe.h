// clip/recipe.h - how frames become an input of a network: the part of a model that is not weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gerund::spec {
struct Experiment;
}

namespace gerund::clip {

enum class Modality {
  rgb,   ///< Colour. C = 3 channels: R, G, B.
  flow,  ///< Optical flow from each frame to the next, as grey pictures (flow/pictures.h). C = 2 channels: u, v.
};
enum class InputType {
  stacked_2d,  ///< float32 [C * T, H, W], channel index c * T + t.
  volume_3d,   ///< float32 [C, T, H, W].
};
enum class SampleStrategy { random_interval, consecutive };
enum class ResizeMode {
  squash,            ///< Both sides to the input size, the aspect ratio is not kept.
  center_crop,       ///< Short edge to crop_smaller_edge, then the centre H x W.
  letterbox,         ///< The largest size that fits H x W with its aspect ratio kept, top left; the rest is black.
  letterbox_center,  ///< The same, in the middle.
};

/// Everything that a runtime must do to a video before an input of the network sees it. Travels in checkpoints and
/// model files as JSON.
struct Recipe {
  Modality modality = Modality::rgb;
  InputType input_type = InputType::volume_3d;
  int num_frames = 16;  ///< T >= 1, of frames or of pairs u, v.
  int height = 224;     ///< Pixels >= 1.
  int width = 224;      ///< Pixels >= 1.
  SampleStrategy sample_strategy = SampleStrategy::random_interval;
  int sample_rate = 1;  ///< Frame stride >= 1 of `consecutive`.
  ResizeMode resize_mode = ResizeMode::squash;
  int crop_smaller_edge = 256;                    ///< Short edge before a crop, pixels.
  std::vector<double> mean{0.485, 0.456, 0.406};  ///< C numbers, of pixels in 0..1; empty: not normalised.
  std::vector<double> std{0.229, 0.224, 0.225};
  std::string flow_method = "dis";  ///< flow: how it is found in videos (flow/estimator.h). Pictures are taken as they
                                    ///< are.
  double flow_clamp = 0;            ///< flow: its scale in videos, pixels (flow::Scale).

  bool operator==(const Recipe&) const = default;
};

/// The recipes of a network's inputs in their order: one, or of a joint network first colour, then flow.
using Recipes = std::vector<Recipe>;

/// C: 3 or 2.
int num_channels(const Recipe& recipe);

/// Shape of one clip's input without the batch axis.
std::vector<int64_t> input_shape(const Recipe& recipe);

/// The recipes of `model` and `dataset.augmentation_config` in a spec. Length-1 means and deviations are repeated.
Recipes make_recipes(const spec::Experiment& experiment);

/// JSON text: of one input an object with the keys input_type ("2d"/"3d"), num_frames, height, width, sample_strategy,
/// sample_rate, resize_mode, crop_smaller_edge, mean, std, color_order ("rgb", or "uv" of flow), resize_filter
/// ("pil_bilinear"), and of flow flow_method and flow_clamp; of a joint network a list of two of them.
std::string to_json(const Recipes& recipes);
/// Throws UserError naming `origin` and the key where the text is not such JSON or a value is out of range.
Recipes recipes_from_json(const std::string& text, const std::string& origin);

/// The recipe of a network that sees colour frames alone, as live video and long videos have them. Throws UserError
/// beginning with `origin` for another.
const Recipe& only_colour(const Recipes& recipes, const std::string& origin);

}  // namespace gerund::clip
