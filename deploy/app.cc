#include "deploy/app.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gst/gst.h>

#include <algorithm>
#include <memory>
#include <set>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "deploy/contradictions.h"
#include "deploy/frame_output.h"
#include "deploy/source_pipeline.h"
#include "deploy/tiled_run.h"
#include "gst/elements.h"
#include "gst/model_context.h"
#include "gst/source_rules.h"
#include "serve/window_plan.h"

namespace gerund::deploy {
namespace {

constexpr const char* kContext = "gerund-deploy";

void complete_sources(AppConfig& config) {
  if (config.sources.empty())
    throw base::UserError("there is no source; name one or more: gerund deploy MODEL.onnx clip.mp4 rtsp://camera/live");
  std::set<std::string> names;
  for (size_t i = 0; i < config.sources.size(); ++i) {
    SourceConfig& source = config.sources[i];
    source.uri = gst::to_uri(source.uri);
    if (source.name.empty()) source.name = fmt::format("{}", i);
    if (!names.insert(source.name).second)
      throw base::UserError(fmt::format("sources: the name '{}' is given twice", source.name));
    std::set<std::string> regions;
    for (const RegionConfig& region : source.regions) {
      if (!regions.insert(region.id).second)
        throw base::UserError(
            fmt::format("{}: two regions have the id '{}'; each needs one of its own (--roi and the config count "
                        "together)",
                        gst::public_uri(source.uri), region.id));
    }
  }
}

bool is_live(const SourceConfig& source) {
  return gst::kind_of(source.uri) != gst::SourceKind::file;
}

gst::ModelRequest model_request(const AppConfig& config, bool is_paced) {
  gst::ModelRequest request;
  request.path = config.model;
  request.engine = config.engine.name;
  request.num_threads = config.engine.num_threads;
  request.precision = config.engine.precision;
  request.activation = config.exact && config.engine.activation == "auto" ? "none" : config.engine.activation;
  const int natural = is_paced ? static_cast<int>(config.sources.size()) : 1;
  request.batch.max_batch = config.engine.max_batch > 0 ? config.engine.max_batch : natural;
  request.batch.max_wait_seconds = config.engine.max_wait_ms / 1e3;
  request.recipe = config.recipe;
  request.labels = config.labels;
  request.key = config.key;
  return request;
}

/// What the reference does and no more: every answer by itself, a label for one frame.
void make_exact(AppConfig& config) {
  config.events.smoothing = "none";
  config.events.hold_seconds = 0;
  config.events.min_seconds = 0;
  config.events.exit_threshold = config.events.threshold;
  config.window.at_end = "drop";
}

void tell_contradictions(const AppConfig& config, const serve::LoadedModel& model) {
  const std::vector<std::string> found = contradictions(config, model);
  if (!found.empty() && config.strict)
    throw base::UserError(fmt::format("config and model differ in {} point{}, and --strict was given: {}", found.size(),
                                      found.size() > 1 ? "s" : "", fmt::join(found, "; ")));
  for (const std::string& message : found) base::log_warning(message + "; the model is followed");
}

void tell_plan(const AppConfig& config, const serve::LoadedModel& model) {
  serve::WindowRequest request;
  request.stride = config.window.stride;
  request.subsample = config.window.subsample;
  request.sample_fps = config.window.sample_fps;
  request.hop_seconds = config.window.hop_seconds;
  base::log_info(fmt::format("{}: {} classes, {} source{}; {}", config.model, model.labels.size(),
                             config.sources.size(), config.sources.size() > 1 ? "s" : "",
                             serve::describe(serve::plan_windows(model, request), config.window.interval)));
}

int exit_code(const std::vector<std::unique_ptr<SourcePipeline>>& sources) {
  const bool has_worked = std::ranges::any_of(sources, [](const auto& source) { return source->has_worked(); });
  const bool model_failed = std::ranges::any_of(sources, [](const auto& source) { return source->is_model_failure(); });
  if (model_failed) return kModelFailed;
  return has_worked ? 0 : kNoSourceWorked;
}

int run_sources(const AppConfig& config, const RunMode& mode, EventLog& events) {
  const TileGrid grid(static_cast<int>(config.sources.size()), config.output.width, config.output.height);
  std::vector<std::unique_ptr<SourcePipeline>> sources;
  for (size_t i = 0; i < config.sources.size(); ++i)
    sources.push_back(std::make_unique<SourcePipeline>(config, i, mode, grid, events));
  try {
    run_tiled(config, mode, grid, sources, events);
  } catch (const OutputError&) {
    for (const auto& source : sources) source->give_up();  // The events are told to their end.
    throw;
  }
  int64_t num_lost = 0;
  for (const auto& source : sources) num_lost += source->num_lost();
  base::log_info(events.summary(num_lost));
  const int code = exit_code(sources);
  sources.clear();  // They may still tell of something.
  events.finish();
  return code;
}

/// Note [MPEG-4 unparsed]: mpeg4videoparse (GStreamer 1.22) loses what tells FFmpeg's decoder which DivX made a file,
/// and most pictures of HMDB51's come out wrong by up to a third of the range. Demuxers hand over whole pictures
/// anyway.
void keep_from_plugging(const char* factory) {
  GstPluginFeature* feature = gst_registry_lookup_feature(gst_registry_get(), factory);
  if (feature == nullptr) return;
  gst_plugin_feature_set_rank(feature, GST_RANK_NONE);
  gst_object_unref(feature);
}

}  // namespace

void start_gstreamer() {
  static const bool is_started = [] {
    gst_init(nullptr, nullptr);
    keep_from_plugging("mpeg4videoparse");
    return gst::register_elements(nullptr) == TRUE;
  }();
  if (!is_started) throw base::InternalError("GStreamer refuses the elements of gerund");
}

int run_app(AppConfig config) {
  start_gstreamer();
  complete_sources(config);
  if (config.exact) make_exact(config);
  const bool any_live = std::ranges::any_of(config.sources, is_live);
  const bool any_viewer = std::ranges::any_of(config.output.out, is_rtsp_target) ||
                          (config.output.out.empty() && config.output.display && has_display());
  RunMode mode;
  mode.is_paced = any_live || any_viewer;
  mode.has_picture = !config.output.out.empty() || any_viewer;
  mode.context = kContext;

  std::shared_ptr<gst::ModelContext> context;
  try {
    context = gst::open_context(kContext, model_request(config, mode.is_paced));
  } catch (const base::UserError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kModelFailed;
  }
  const serve::LoadedModel& model = context->batcher->classifier().model();
  tell_contradictions(config, model);
  tell_plan(config, model);
  serve::ignored_classes(config.events.ignore, model.labels);

  mode.is_2d = model.recipe().input_type == clip::InputType::stacked_2d;
  try {
    EventLog events(config, mode.is_paced, any_live);
    return run_sources(config, mode, events);
  } catch (const OutputError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kOutputFailed;
  }
}

}  // namespace gerund::deploy
