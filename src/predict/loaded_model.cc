#include "predict/loaded_model.h"

#include "base/workers.h"
#include "clip/recipe.h"
#include "nets/checkpoint.h"
#include "nets/export_model.h"
#include "nets/torch_engine.h"

namespace gerund::predict {
namespace {

/// Answers of one run over a video, whose frames are all there already: the weights are read once for all of them.
constexpr int64_t kAnswersAtOnce = 8;

serve::LoadedModel open_onnx(const std::filesystem::path& path, const OpenOptions& options) {
  serve::OnnxOptions onnx;
  onnx.engine.engine = options.engine;
  onnx.engine.num_threads = base::num_arithmetic_threads(options.num_threads);
  onnx.engine.precision = options.precision;
  onnx.key = options.key;
  if (options.experiment) {
    onnx.recipes = clip::make_recipes(*options.experiment);
    if (!options.experiment->dataset.label_map.empty()) onnx.labels = nets::labels_of(*options.experiment);
  }
  return serve::open_onnx_model(path, onnx);
}

serve::LoadedModel open_checkpoint(const std::filesystem::path& path, const OpenOptions& options) {
  const nets::Checkpoint checkpoint = nets::load_checkpoint(path, options.key);
  const int num_threads = base::num_arithmetic_threads(options.num_threads);
  nets::set_num_threads(num_threads);
  serve::LoadedModel loaded;
  loaded.name = nets::resolve_checkpoint_path(path).string();
  loaded.recipes = clip::recipes_from_json(checkpoint.recipe, path.string());
  loaded.labels = checkpoint.labels;
  loaded.clip_seconds = checkpoint.clip_seconds;
  loaded.engine = nets::make_torch_engine(nets::make_architecture(checkpoint.experiment), checkpoint.weights);
  if (options.with_step && nets::make_architecture(checkpoint.experiment).causal) {
    const graph::Model step = nets::export_step_model(checkpoint, loaded.name, kAnswersAtOnce * spec::kPositionFrames);
    loaded.step = std::make_shared<infer::StepNetwork>(step, infer::EngineOptions{options.engine, num_threads});
  }
  return loaded;
}

}  // namespace

serve::LoadedModel open_model(const std::filesystem::path& path, const OpenOptions& options) {
  return serve::is_onnx_path(path) ? open_onnx(path, options) : open_checkpoint(path, options);
}

}  // namespace gerund::predict
