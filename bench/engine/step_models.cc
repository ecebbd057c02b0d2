// step_models FOLDER - writes what bench/engine/streaming.py measures: a causal 3D ResNet-18 of full width for T = 32
// frames of 112 x 112, with fresh weights, as FOLDER/step4.onnx, step16.onnx and step32.onnx (new frames of one step);
// 32 frames [1, 3, 32, 112, 112], frames.safetensors; and the answer to every four of them by LibTorch, which sees all
// frames so far from the beginning: logits.safetensors, [8, classes].
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>

#include "base/random.h"
#include "graph/onnx_file.h"
#include "graph/transform.h"
#include "nets/fresh.h"
#include "nets/lower.h"
#include "nets/torch_engine.h"
#include "tensor/safetensors.h"

namespace gerund {
namespace {

constexpr int64_t kFrames = 32, kSize = 112, kClasses = 5;

/// The first `count` of `frames`.
tensor::Tensor first_frames(const tensor::Tensor& frames, int64_t count) {
  constexpr int64_t kPlane = kSize * kSize;
  tensor::Tensor first({1, 3, count, kSize, kSize});
  for (int64_t channel = 0; channel < 3; ++channel)
    std::copy_n(frames.floats().data() + channel * kFrames * kPlane, count * kPlane,
                first.floats().data() + channel * count * kPlane);
  return first;
}

void write(const std::filesystem::path& folder) {
  nets::Architecture architecture;
  architecture.causal = true;
  architecture.num_frames = kFrames;
  architecture.num_classes = kClasses;
  const nets::Weights weights = nets::fresh_weights(architecture);
  for (const int64_t step : {4, 16, 32})
    graph::write_onnx(folder / fmt::format("step{}.onnx", step),
                      graph::fold_batch_norm(nets::lower_step(architecture, weights, kSize, kSize, step)));
  base::Random random(1);
  tensor::TensorFile frames, answers;
  tensor::Tensor& all = frames.tensors["input_rgb"] = tensor::Tensor({1, 3, kFrames, kSize, kSize});
  for (float& x : all.floats()) x = static_cast<float>(random.uniform(-2, 2));
  const auto network = nets::make_torch_engine(architecture, weights);
  tensor::Tensor& logits = answers.tensors["fc_pred"] = tensor::Tensor({kFrames / 4, kClasses});
  for (int64_t answer = 0; answer < kFrames / 4; ++answer)
    std::ranges::copy(network->run(first_frames(all, 4 * (answer + 1))).floats(),
                      logits.floats().subspan(static_cast<size_t>(answer * kClasses)).begin());
  tensor::write_safetensors(folder / "frames.safetensors", frames);
  tensor::write_safetensors(folder / "logits.safetensors", answers);
}

}  // namespace
}  // namespace gerund

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::invalid_argument("usage: step_models FOLDER");
    gerund::write(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "step_models: " << error.what() << "\n";
    return 1;
  }
}
