// clip/recipe.h - how frames become the input of a network: the part of a model that is not weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gerund::spec {
struct Experiment;
}

namespace gerund::clip {

enum class InputType {
  stacked_2d,  ///< float32 [3 * T, H, W], channel index c * T + t.
  volume_3d,   ///< float32 [3, T, H, W].
};
enum class SampleStrategy { random_interval, consecutive };
enum class ResizeMode {
  squash,            ///< Both sides to the input size, the aspect ratio is not kept.
  center_crop,       ///< Short edge to crop_smaller_edge, then the centre H x W.
  letterbox,         ///< The largest size that fits H x W with its aspect ratio kept, top left; the rest is black.
  letterbox_center,  ///< The same, in the middle.
};

/// Everything that a runtime must do to a video before the network sees it. Travels in checkpoints and model files as
/// JSON.
struct Recipe {
  InputType input_type = InputType::volume_3d;
  int num_frames = 16;  ///< T >= 1.
  int height = 224;     ///< Pixels >= 1.
  int width = 224;      ///< Pixels >= 1.
  SampleStrategy sample_strategy = SampleStrategy::random_interval;
  int sample_rate = 1;  ///< Frame stride >= 1 of `consecutive`.
  ResizeMode resize_mode = ResizeMode::squash;
  int crop_smaller_edge = 256;                    ///< Short edge before a crop, pixels.
  std::vector<double> mean{0.485, 0.456, 0.406};  ///< Per channel R, G, B of pixels in 0..1; empty: not normalised.
  std::vector<double> std{0.229, 0.224, 0.225};

  bool operator==(const Recipe&) const = default;
};

/// Shape of one clip's input without the batch axis.
std::vector<int64_t> input_shape(const Recipe& recipe);

/// The recipe of `model` and `dataset.augmentation_config` in a spec. Length-1 means and deviations are repeated.
Recipe make_recipe(const spec::Experiment& experiment);

/// JSON text with the keys input_type ("2d"/"3d"), num_frames, height, width, sample_strategy, sample_rate,
/// resize_mode, crop_smaller_edge, mean, std, color_order ("rgb"), resize_filter ("pil_bilinear").
std::string to_json(const Recipe& recipe);
/// Throws UserError naming `origin` and the key where the text is not such JSON or a value is out of range.
Recipe recipe_from_json(const std::string& text, const std::string& origin);

}  // namespace gerund::clip
