// color_engine.h - a network for tests that tells red, green and blue clips apart.
#pragma once

#include <vector>

#include "infer/engine.h"

namespace gerund::score {

/// Logit k of a clip is `gain` times the mean of its channel k, float32 [3, T, H, W].
///
/// Owns: the batch sizes that it was run with.
class ColorEngine : public infer::Engine {
 public:
  explicit ColorEngine(float gain = 1) : gain_(gain) {}

  std::vector<tensor::Tensor> run_all(std::span<const tensor::Tensor> inputs) const override {
    const tensor::Tensor& input = inputs.front();
    batch_sizes.push_back(input.dim(0));
    tensor::Tensor logits({input.dim(0), 3});
    const auto in = input.floats();
    const size_t channel = in.size() / static_cast<size_t>(input.dim(0) * 3);
    for (size_t i = 0; i < logits.floats().size(); ++i) {
      double sum = 0;
      for (float value : in.subspan(i * channel, channel)) sum += value;
      logits.floats()[i] = gain_ * static_cast<float>(sum / static_cast<double>(channel));
    }
    return {logits};
  }

  mutable std::vector<int64_t> batch_sizes;

 private:
  float gain_;
};

}  // namespace gerund::score
