#include "gst/model_context.h"

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <mutex>

#include "base/error.h"
#include "base/sha256.h"
#include "base/workers.h"

namespace gerund::gst {
namespace {

/// A window of black frames: the first run of an engine is slower than all others, and its time is the latency of
/// elements that wait for their answers.
double measure_run(const serve::Classifier& classifier) {
  const clip::Recipe& recipe = classifier.model().recipe();
  const auto planes = std::make_shared<const tensor::Tensor>(tensor::Shape{3, recipe.height, recipe.width});
  serve::Clip clip;
  clip.frames.assign(static_cast<size_t>(serve::frames_per_window(classifier.model())), planes);
  infer::StreamState state;
  const serve::Classifier::Job job{&clip, &state};
  classifier.classify({&job, 1});
  const double begun_seconds = serve::Batcher::steady_seconds();
  classifier.classify({&job, 1});
  return serve::Batcher::steady_seconds() - begun_seconds;
}

std::shared_ptr<ModelContext> load(const ModelRequest& request) {
  if (request.path.empty())
    throw base::UserError("model: none is set; set it to an ONNX file, as gerund export writes");
  serve::OnnxOptions options;
  options.engine.engine = request.engine;
  options.engine.num_threads = base::num_arithmetic_threads(request.num_threads);
  options.engine.precision = request.precision;
  options.engine.ends_on_interrupt = false;
  if (request.recipe) options.recipes = {*request.recipe};
  options.labels = request.labels;
  options.key = request.key;
  auto classifier = std::make_shared<const serve::Classifier>(serve::open_onnx_model(request.path, options),
                                                              serve::activation_from_name(request.activation));
  auto context = std::make_shared<ModelContext>();
  context->request = request;
  context->identity = std::make_shared<const serve::ModelIdentity>(
      serve::ModelIdentity{std::filesystem::path(request.path).filename().string(), base::sha256_of_file(request.path),
                           classifier->model().labels});
  context->run_seconds = measure_run(*classifier);
  context->batcher = std::make_unique<serve::Batcher>(classifier, request.batch);
  return context;
}

/// A thread that ran a network keeps OpenMP's helpers, which then take cores from those of the batcher's thread. So the
/// first runs happen in a thread that ends.
std::shared_ptr<ModelContext> load_aside(const ModelRequest& request) {
  return std::async(std::launch::async, load, std::cref(request)).get();
}

}  // namespace

std::shared_ptr<ModelContext> open_context(const std::string& name, const ModelRequest& request) {
  if (name.empty()) return load_aside(request);
  static std::mutex mutex;  // Guards the table; held while a model loads, so that nobody loads it twice.
  static std::map<std::string, std::weak_ptr<ModelContext>> contexts;
  std::lock_guard lock(mutex);
  std::shared_ptr<ModelContext> context = contexts[name].lock();
  if (!context) {
    context = load_aside(request);
    contexts[name] = context;
  } else if (context->request.path != request.path || context->request.engine != request.engine) {
    throw base::UserError(fmt::format("context '{}' stands for {} on engine {}; {} on engine {} needs another name",
                                      name, context->request.path, context->request.engine, request.path,
                                      request.engine));
  }
  return context;
}

}  // namespace gerund::gst
