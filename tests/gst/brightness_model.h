// tests/gst/brightness_model.h - a model file whose answers can be worked out in the head.
#pragma once

#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "clip/recipe.h"
#include "graph/metadata.h"
#include "graph/onnx_file.h"
#include "gst/frames.h"
#include "small_videos.h"

namespace gerund::gst {

inline constexpr int kWindowFrames = 4;
inline constexpr int kModelSide = 4;  // Pixels.
inline constexpr std::array<double, kWindowFrames> kFrameWeights{1, 2, 4, 8};
inline constexpr std::array<double, 3> kChannelWeights{0.5, 0.3, 0.2};

/// 0 (black) to 1 (white).
inline double brightness(const Rgb& color) {
  double sum = 0;
  for (size_t c = 0; c < 3; ++c) sum += kChannelWeights.at(c) * color.at(c) / 255;
  return sum;
}

/// The first logit for a window of four plain frames; the second is 15 less it. The sums tell every set of frames apart
/// and every order.
inline double bright_logit(const std::array<Rgb, kWindowFrames>& colors) {
  double sum = 0;
  for (size_t t = 0; t < kWindowFrames; ++t) sum += kFrameWeights.at(t) * brightness(colors.at(t));
  return sum;
}

inline clip::Recipe brightness_recipe() {
  clip::Recipe recipe;
  recipe.num_frames = kWindowFrames;
  recipe.width = recipe.height = kModelSide;
  recipe.sample_strategy = clip::SampleStrategy::consecutive;
  recipe.mean = recipe.std = {};
  return recipe;
}

/// Labels "bright" and "dark".
inline graph::Model brightness_graph() {
  constexpr int kArea = kModelSide * kModelSide;
  constexpr int64_t kSize = 3 * kWindowFrames * kArea;
  tensor::Tensor weight({2, kSize});
  for (size_t i = 0; i < kSize; ++i) {
    const size_t frame = i / kArea % kWindowFrames;
    const size_t channel = i / kArea / kWindowFrames;
    const double value = kFrameWeights.at(frame) * kChannelWeights.at(channel) / kArea;
    weight.floats()[i] = static_cast<float>(value);
    weight.floats()[kSize + i] = -static_cast<float>(value);
  }
  graph::Model model;
  model.inputs = {{"input_rgb", {-1, 3, kWindowFrames, kModelSide, kModelSide}}};
  model.outputs = {{"fc_pred", {-1, 2}}};
  model.initializers["weight"] = weight;
  model.initializers["bias"] = tensor::Tensor({2}, std::vector<float>{0, 15});
  model.nodes = {{"Flatten", "", {"input_rgb"}, {"flat"}, {}},
                 {"Gemm", "", {"flat", "weight", "bias"}, {"fc_pred"}, {{"transB", int64_t{1}}}}};
  model.metadata[graph::kFormatKey] = "1";
  model.metadata[graph::kRecipeKey] = clip::to_json({brightness_recipe()});
  model.metadata[graph::kLabelsKey] = R"(["bright", "dark"])";
  return model;
}

/// Owns: the file, as long as it lives.
class BrightnessFile {
 public:
  BrightnessFile() : folder_("gst_model") { graph::write_onnx(path(), brightness_graph()); }

  std::string path() const { return folder_.path() / "brightness.onnx"; }
  std::filesystem::path folder() const { return folder_.path(); }

 private:
  testing_data::TemporaryFolder folder_;
};

}  // namespace gerund::gst
