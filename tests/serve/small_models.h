// tests/serve/small_models.h - networks whose answers can be worked out in the head.
#pragma once

#include <cmath>
#include <memory>
#include <utility>

#include "serve/classifier.h"

namespace gerund::serve {

/// Deterministic, one thread.
inline infer::EngineOptions reference_engine() {
  infer::EngineOptions options;
  options.engine = "reference";
  options.num_threads = 1;
  return options;
}

/// Clips [N, 3, T, 1, 1] of one pixel. The first logit is the sum of 2^(c * T + t) times channel c of frame t, the
/// second is 1.
inline graph::Model weighing_graph(int64_t num_frames) {
  const int64_t size = 3 * num_frames;
  graph::Model model;
  model.inputs = {{"input_rgb", {-1, 3, num_frames, 1, 1}}};
  model.outputs = {{"fc_pred", {-1, 2}}};
  tensor::Tensor weight({2, size});
  for (int64_t i = 0; i < size; ++i) weight.floats()[static_cast<size_t>(i)] = std::exp2(static_cast<float>(i));
  model.initializers["weight"] = weight;
  model.initializers["bias"] = tensor::Tensor({2}, std::vector<float>{0, 1});
  model.nodes = {{"Flatten", "", {"input_rgb"}, {"flat"}, {}},
                 {"Gemm", "", {"flat", "weight", "bias"}, {"fc_pred"}, {{"transB", int64_t{1}}}}};
  return model;
}

/// Steps of one frame [N, 3, 1, 1, 1] of one pixel: the logits are the sum of all pixels since the reset.
inline graph::Model adding_steps() {
  const tensor::Shape shape{-1, 3, 1, 1, 1};
  graph::Model model;
  model.inputs = {{"input_rgb", shape}, {"state_sum", shape}};
  model.outputs = {{"fc_pred", {-1, 3}}, {"next_state_sum", shape}};
  model.nodes = {{"Add", "", {"input_rgb", "state_sum"}, {"next_state_sum"}, {}},
                 {"Flatten", "", {"next_state_sum"}, {"fc_pred"}, {}}};
  return model;
}

/// Frames of one pixel, as they are: 0..1.
inline clip::Recipe pixel_recipe(int num_frames) {
  clip::Recipe recipe;
  recipe.num_frames = num_frames;
  recipe.width = recipe.height = 1;
  recipe.mean = recipe.std = {};
  return recipe;
}

inline LoadedModel weighing_model(int num_frames) {
  LoadedModel model;
  model.name = "weighing.onnx";
  model.engine = infer::make_engine(weighing_graph(num_frames), reference_engine());
  model.recipes = {pixel_recipe(num_frames)};
  model.labels = {"heavy", "one"};
  return model;
}

inline LoadedModel adding_model() {
  LoadedModel model;
  model.name = "adding.onnx";
  model.step = std::make_shared<infer::StepNetwork>(adding_steps(), reference_engine());
  model.engine = infer::make_stepwise_engine(model.step);
  model.recipes = {pixel_recipe(1)};
  model.labels = {"red", "green", "blue"};
  return model;
}

}  // namespace gerund::serve
