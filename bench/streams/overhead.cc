// bench/streams/overhead.cc - CPU time per frame of all but network and decoder: the whole chain, and its parts.
#include <fmt/format.h>

#include "base/error.h"
#include "clip/assemble.h"
#include "clip/resize.h"
#include "graph/metadata.h"
#include "graph/onnx_file.h"
#include "serve/classifier.h"
#include "streams/clocks.h"
#include "streams/drawn_frames.h"
#include "streams/modes.h"

namespace gerund::bench {
namespace {

constexpr int kWarmUpFrames = 64;

int64_t windows_within(int64_t num_frames, int64_t length, int64_t stride) {
  return num_frames < length ? 0 : (num_frames - length) / stride + 1;
}

/// Milliseconds of CPU time of one call.
template <typename Work>
double cpu_ms(int num_calls, Work work) {
  work(0);
  const double begun = cpu_seconds();
  for (int i = 0; i < num_calls; ++i) work(i);
  return (cpu_seconds() - begun) * 1e3 / num_calls;
}

double clip_copy_ms(const std::string& model, int num_calls, const tensor::Tensor& planes) {
  serve::OnnxOptions options;
  options.engine = {"null", 1};
  const serve::Classifier classifier(serve::open_onnx_model(model, options), serve::Activation::automatic);
  serve::Clip clip;
  const auto length = static_cast<size_t>(serve::frames_per_window(classifier.model()));
  for (size_t i = 0; i < length; ++i) clip.frames.push_back(std::make_shared<const tensor::Tensor>(planes));
  infer::StreamState state;
  const serve::Classifier::Job job{&clip, &state};
  serve::Classifier::Scratch scratch;
  return cpu_ms(num_calls, [&](int) { classifier.classify({&job, 1}, scratch); });
}

}  // namespace

nlohmann::json write_model(const Options& options) {
  clip::Recipe recipe;
  recipe.num_frames = options.number("frames", 16);
  recipe.width = recipe.height = options.number("side", 224);
  graph::Model model;
  model.inputs = {{"input_rgb", {-1, 3, recipe.num_frames, recipe.height, recipe.width}}};
  model.outputs = {{"fc_pred", {-1, 3}}};
  model.initializers["weight"] = tensor::Tensor({3, 3});
  model.nodes = {{"GlobalAveragePool", "", {"input_rgb"}, {"mean"}, {}},
                 {"Flatten", "", {"mean"}, {"flat"}, {}},
                 {"Gemm", "", {"flat", "weight"}, {"fc_pred"}, {}}};
  model.metadata[graph::kFormatKey] = "1";
  model.metadata[graph::kRecipeKey] = clip::to_json({recipe});
  model.metadata[graph::kLabelsKey] = R"(["walk", "run", "sit"])";
  graph::write_onnx(options.text("model"), model);
  return {{"model", options.text("model")}};
}

nlohmann::json measure_overhead(const Options& options) {
  const int num_frames = options.number("frames", 600);
  const int stride = options.number("stride", 8);
  const std::string model = options.text("model");
  const DrawnFrames frames(options.number("width", 640), options.number("height", 480), 30);
  const bool is_empty = options.text("chain", "gerund") == "none";
  const std::string elements =
      is_empty ? "identity"
               : fmt::format(
                     "gerundroi ! gerundinfer name=infer model={} engine=null threads=1 stride={} subsample=0 "
                     "batch-size=1 max-batch-wait=0 mode={} ! gerundevents",
                     model, stride, options.text("mode", "sync"));
  FedChain chain(elements, frames.caps(), {});
  for (int64_t i = 0; i < kWarmUpFrames; ++i) chain.push(frames.at(i));
  const double begun_cpu = cpu_seconds();
  const double begun_wall = wall_seconds();
  for (int64_t i = kWarmUpFrames; i < kWarmUpFrames + num_frames; ++i) chain.push(frames.at(i));
  const double cpu_ms_per_frame = (cpu_seconds() - begun_cpu) * 1e3 / num_frames;
  const double wall_ms_per_frame = (wall_seconds() - begun_wall) * 1e3 / num_frames;
  chain.end();
  nlohmann::json result{{"cpu_ms_per_frame", cpu_ms_per_frame}, {"wall_ms_per_frame", wall_ms_per_frame}};
  if (is_empty) return result;
  const int64_t expected = windows_within(kWarmUpFrames + num_frames, options.number("length", 16), stride);
  const int64_t answered = chain.count("infer", "num-windows");
  if (answered != expected)
    throw base::UserError(fmt::format("{} windows are answered; {} are expected", answered, expected));
  result["windows"] = answered;
  return result;
}

nlohmann::json measure_parts(const Options& options) {
  const int num_calls = options.number("calls", 200);
  const DrawnFrames frames(options.number("width", 640), options.number("height", 480), 30);
  clip::Recipe recipe;
  recipe.width = recipe.height = options.number("side", 224);
  const tensor::Frame rgb = tensor::to_rgb(frames.view(0));
  const tensor::Frame small = clip::resize(rgb, recipe.width, recipe.height);
  const tensor::Tensor planes = clip::prepare_planes(recipe, rgb);
  return {
      {"colour_ms", cpu_ms(num_calls, [&](int i) { tensor::to_rgb(frames.view(i)); })},
      {"resize_ms", cpu_ms(num_calls, [&](int) { clip::resize(rgb, recipe.width, recipe.height); })},
      // A frame that has its size already is copied and not resized.
      {"normalise_ms", cpu_ms(num_calls, [&](int) { clip::prepare_planes(recipe, small); })},
      {"clip_copy_ms", clip_copy_ms(options.text("model"), std::max(8, num_calls / 4), planes)},
  };
}

}  // namespace gerund::bench
