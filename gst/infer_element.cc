/**
 * SECTION:element-gerundinfer
 *
 * Cuts the frames of a stream, or of the regions on them, into overlapping windows and asks a network what they show.
 * The frames go on untouched; the answers travel with them as a report for gerundevents, gerundoverlay and
 * gerundpublish. Windows and network are one element: prepared frames are shared by overlapping windows and never
 * leave it.
 *
 * Elements with the same `context` share one model, in one pipeline or in many, and their windows share its runs.
 *
 * |[
 * gst-launch-1.0 uridecodebin uri=file:///tmp/clip.mp4 ! videoconvert ! gerundinfer model=model.onnx ! gerundevents !
 * gerundpublish ! fakesink
 * ]|
 */
#include <gst/base/gstbasetransform.h>
#include <gst/video/video.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gst/analytics.h"
#include "gst/element_text.h"
#include "gst/elements.h"
#include "gst/frame_pixels.h"
#include "gst/infer_stream.h"
#include "gst/properties.h"
#include "gst/report_meta.h"
#include "serve/limits.h"

#define GST_CAT_DEFAULT (gerund::gst::debug_category())

namespace gerund::gst {
namespace {

enum class Mode { sync, async };
enum class OverloadPolicy { automatic, block, newest, skip };

/// What the properties say; read when the element starts.
struct Settings {
  ModelRequest model;
  double max_batch_wait_ms = 5;
  std::string context;
  InferOptions infer;
  Mode mode = Mode::sync;
  OverloadPolicy overload_policy = OverloadPolicy::automatic;
  std::string recipe;
  std::string labels;
};

struct GerundInfer {
  GstBaseTransform parent;
  Settings* settings;
  InferStream* stream;       // While the element runs; guarded by the object lock against readers of properties.
  GstClockTime run_latency;  // Guarded by the object lock.
  GstVideoInfo info;
  double last_pts_seconds;
  gint is_live;  // Atomic.
};

struct GerundInferClass {
  GstBaseTransformClass parent_class;
};

G_DEFINE_TYPE(GerundInfer, gerund_infer, GST_TYPE_BASE_TRANSFORM)

GerundInfer* self_of(gpointer object) {
  return reinterpret_cast<GerundInfer*>(object);
}

GType mode_type() {
  static const GEnumValue values[] = {{static_cast<int>(Mode::sync), "A frame waits for the answers about it", "sync"},
                                      {static_cast<int>(Mode::async), "No frame waits", "async"},
                                      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GerundInferMode", values);
  return type;
}

GType overload_policy_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(OverloadPolicy::automatic), "block where frames wait for answers (mode=sync), else newest",
       "auto"},
      {static_cast<int>(OverloadPolicy::block), "The stream waits; no window is lost", "block"},
      {static_cast<int>(OverloadPolicy::newest), "The oldest waiting window is lost", "newest"},
      {static_cast<int>(OverloadPolicy::skip), "The new window is lost", "skip"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GerundOverloadPolicy", values);
  return type;
}

GType at_end_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(serve::AtEnd::drop), "Frames that fill no window are left out", "drop"},
      {static_cast<int>(serve::AtEnd::pad), "The last frame is repeated until the window is full", "pad"},
      {static_cast<int>(serve::AtEnd::pad_short), "As pad, but only where the stream was too short for any window",
       "pad-short"},
      {static_cast<int>(serve::AtEnd::partial), "A shorter window, where the network takes one", "partial"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GerundAtEnd", values);
  return type;
}

GType regions_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(RegionSource::automatic), "The whole picture, until a frame bears a region", "auto"},
      {static_cast<int>(RegionSource::frame), "The whole picture", "frame"},
      {static_cast<int>(RegionSource::metas), "The regions on the frames alone", "metas"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GerundRegions", values);
  return type;
}

constexpr double kMost = G_MAXINT;

const std::vector<Property<Settings>>& properties() {
  static const std::vector<Property<Settings>> table{
      {"model", "Model", "ONNX file, as gerund export writes it", [](Settings& s) { return &s.model.path; }},
      {"context", "Context",
       "Elements with the same name share one model, as the first that starts describes it (in one pipeline, give all "
       "the model); empty: a model of its own",
       [](Settings& s) { return &s.context; }},
      {"engine", "Engine", "auto, onednn, reference, or null (answers zeros at once)",
       [](Settings& s) { return &s.model.engine; }},
      {"threads", "Threads", "Threads of one run of the network; 0: all cores",
       [](Settings& s) { return &s.model.num_threads; }, 0, 1024},
      {"precision", "Precision", infer::kPrecisionHelp, [](Settings& s) { return &s.model.precision; }},
      {"activation", "Activation", "auto, softmax, sigmoid or none", [](Settings& s) { return &s.model.activation; }},
      {"batch-size", "Batch size", "The most windows of one run", [](Settings& s) { return &s.model.batch.max_batch; },
       1, serve::kMostBatch},
      {"max-batch-wait", "Longest wait", "Milliseconds that a window waits for others",
       [](Settings& s) { return &s.max_batch_wait_ms; }, 0, serve::kLongestWaitMs},
      {"mode", "Mode", "Whether frames wait for answers", [](Settings& s) { return enum_member(mode_type(), s.mode); }},
      {"overload-policy", "Overload policy", "What becomes of windows when too many wait",
       [](Settings& s) { return enum_member(overload_policy_type(), s.overload_policy); }},
      {"queue-length", "Queue length", "Windows of one region that wait at once",
       [](Settings& s) { return &s.infer.overload.max_waiting; }, 1, 1024},
      {"stride", "Stride", "Frames, after subsampling, from window to window; 0: half a window",
       [](Settings& s) { return &s.infer.window.stride; }, 0, kMost},
      {"subsample", "Subsample", "Frames left out between two taken ones; -1: as in training",
       [](Settings& s) { return &s.infer.window.subsample; }, -1, kMost},
      {"sample-fps", "Sample rate",
       "Samples per second whatever the rate of the camera; 0: count frames; -1: as in training",
       [](Settings& s) { return &s.infer.window.sample_fps; }, -1, 1000},
      {"hop-duration", "Hop", "Seconds from window to window, where samples are taken by time",
       [](Settings& s) { return &s.infer.window.hop_seconds; }, serve::kShortestSeconds, serve::kLongestSeconds},
      {"max-gap", "Longest gap", "A longer hole in the timestamps, in seconds, starts anew",
       [](Settings& s) { return &s.infer.window.max_gap_seconds; }, serve::kShortestSeconds, serve::kLongestGapSeconds},
      {"end-policy", "End policy", "What becomes of the last frames of a stream",
       [](Settings& s) { return enum_member(at_end_type(), s.infer.window.at_end); }},
      {"interval", "Interval", "Frames passed over between two that are looked at",
       [](Settings& s) { return &s.infer.interval; }, 0, kMost - 1},
      {"regions", "Regions", "What is looked at",
       [](Settings& s) { return enum_member(regions_type(), s.infer.regions); }},
      {"max-regions", "Most regions",
       "One more takes the place of the one seen longest ago; of none that is in the same frame",
       [](Settings& s) { return &s.infer.limits.max_regions; }, 1, 65536},
      {"region-ttl", "Region lifetime", "Seconds after which a region that is not seen is dropped",
       [](Settings& s) { return &s.infer.limits.ttl_seconds; }, serve::kShortestSeconds, serve::kLongestSeconds},
      {"stream-id", "Stream id", "Names the stream in reports", [](Settings& s) { return &s.infer.stream; }},
      {"source-id", "Source id", "Number of the stream in reports", [](Settings& s) { return &s.infer.source_id; }, 0,
       kMost},
      {"recipe", "Recipe", "JSON (docs/formats.md), for a model that has none", [](Settings& s) { return &s.recipe; }},
      {"labels", "Labels", "Class names separated by ';', for a model that has none",
       [](Settings& s) { return &s.labels; }},
  };
  return table;
}

// Read-only, behind the table.
const guint kNumWindows = 1000;
const guint kNumLost = 1001;

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  if (!set_property_of(object, *self_of(object)->settings, properties(), id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  GerundInfer* self = self_of(object);
  if (get_property_of(object, *self->settings, properties(), id, value)) return;
  GST_OBJECT_LOCK(self);
  const serve::StreamCounts counts = self->stream != nullptr ? self->stream->counts() : serve::StreamCounts{};
  GST_OBJECT_UNLOCK(self);
  if (id == kNumWindows) {
    g_value_set_int64(value, counts.num_answered);
  } else if (id == kNumLost) {
    g_value_set_int64(value, counts.num_lost);
  } else {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

serve::Overload overload_of(const Settings& settings) {
  switch (settings.overload_policy) {
    case OverloadPolicy::block:
      return serve::Overload::block;
    case OverloadPolicy::newest:
      return serve::Overload::newest;
    case OverloadPolicy::skip:
      return serve::Overload::skip;
    default:
      return settings.mode == Mode::sync ? serve::Overload::block : serve::Overload::newest;
  }
}

/// A frame that waits for its answers is late by a run of the network.
GstClockTime latency_of(const Settings& settings, const ModelContext& context) {
  if (settings.mode == Mode::async) return 0;
  const serve::BatchOptions& batch = context.request.batch;
  return static_cast<GstClockTime>((batch.max_wait_seconds + batch.max_batch * context.run_seconds) * GST_SECOND);
}

/// The model is loaded here, so that a wrong one is an error before the first frame.
gboolean start(GstBaseTransform* base) {
  GerundInfer* self = self_of(base);
  try {
    Settings settings = snapshot(self, *self->settings);
    if (!settings.recipe.empty())
      settings.model.recipe = clip::only_colour(clip::recipes_from_json(settings.recipe, "recipe"), "recipe");
    settings.model.labels = split_list(settings.labels);
    settings.model.batch.max_wait_seconds = settings.max_batch_wait_ms / 1e3;
    settings.infer.waits = settings.mode == Mode::sync;
    settings.infer.overload.overload = overload_of(settings);
    const std::shared_ptr<ModelContext> context = open_context(settings.context, settings.model);
    auto stream = std::make_unique<InferStream>(context, settings.infer);
    GST_INFO_OBJECT(self, "%s", serve::describe(stream->window(), settings.infer.interval).c_str());
    GST_OBJECT_LOCK(self);
    self->stream = stream.release();
    self->run_latency = latency_of(settings, *context);
    GST_OBJECT_UNLOCK(self);
    self->last_pts_seconds = 0;
    return TRUE;
  } catch (const std::exception& error) {
    GST_ELEMENT_ERROR(self, RESOURCE, OPEN_READ, ("%s", error.what()), (nullptr));
    return FALSE;
  }
}

gboolean stop(GstBaseTransform* base) {
  GerundInfer* self = self_of(base);
  GST_OBJECT_LOCK(self);
  const std::unique_ptr<InferStream> stream(std::exchange(self->stream, nullptr));
  GST_OBJECT_UNLOCK(self);
  return TRUE;
}

gboolean set_caps(GstBaseTransform* base, GstCaps* in, GstCaps* /*out*/) {
  GerundInfer* self = self_of(base);
  GstVideoInfo info;
  if (read_video_info(in, &info) == FALSE) return FALSE;
  self->info = info;
  return TRUE;
}

double media_seconds(GerundInfer* self, GstBuffer* buffer) {
  const GstSegment& segment = GST_BASE_TRANSFORM(self)->segment;
  GstClockTime pts = GST_BUFFER_PTS(buffer);
  if (GST_CLOCK_TIME_IS_VALID(pts) && segment.format == GST_FORMAT_TIME) {
    const guint64 stream_time = gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, pts);
    if (GST_CLOCK_TIME_IS_VALID(stream_time)) pts = stream_time;
  }
  if (GST_CLOCK_TIME_IS_VALID(pts)) return static_cast<double>(pts) / GST_SECOND;
  const double stated = nominal_seconds(self->info);
  return self->last_pts_seconds + (stated > 0 ? stated : 0.04);
}

/// Those who count people want to know of a region that gave way to others; one that is lost is told of as well.
void post_dropped(GerundInfer* self, const serve::FrameReport& report) {
  for (const serve::DroppedRegion& region : report.gone) {
    if (region.reason == serve::DropReason::reset) continue;
    GstStructure* structure = gst_structure_new(
        "gerund-region-dropped", "stream", G_TYPE_STRING, report.stream.c_str(), "region", G_TYPE_STRING,
        region.key.id.c_str(), "is-track", G_TYPE_BOOLEAN, region.key.kind == serve::RegionKind::track ? TRUE : FALSE,
        "reason", G_TYPE_STRING, region.reason == serve::DropReason::lost ? "lost" : "crowded", nullptr);
    gst_element_post_message(GST_ELEMENT(self), gst_message_new_element(GST_OBJECT(self), structure));
  }
}

GstFlowReturn transform_ip(GstBaseTransform* base, GstBuffer* buffer) {
  GerundInfer* self = self_of(base);
  if (find_report(buffer) != nullptr) {
    GST_ELEMENT_ERROR(self, STREAM, WRONG_TYPE,
                      ("the frames bear the answers of another gerundinfer; put each into its own branch behind a tee"),
                      (nullptr));
    return GST_FLOW_ERROR;
  }
  if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT)) self->stream->reset();
  try {
    self->last_pts_seconds = media_seconds(self, buffer);
    serve::FrameReport report =
        self->stream->push(buffer, self->info, self->last_pts_seconds, g_atomic_int_get(&self->is_live) == TRUE);
    report.ntp = ntp_text(buffer);
    post_dropped(self, report);
    add_analytics(buffer, report);
    add_report(buffer, std::move(report));
    return GST_FLOW_OK;
  } catch (const std::exception& error) {
    GST_ELEMENT_ERROR(self, STREAM, FAILED, ("%s", error.what()), (nullptr));
    return GST_FLOW_ERROR;
  }
}

/// What came up after the last frame: of the stream, or `at`: before a break in it.
void push_last_answers(GerundInfer* self, std::optional<Break> at) {
  if (self->stream == nullptr) return;
  try {
    const serve::FrameReport report = at ? self->stream->cut(*at == Break::looped) : self->stream->finish();
    gst_pad_push_event(GST_BASE_TRANSFORM_SRC_PAD(self), make_report_event(report));
  } catch (const std::exception& error) {
    GST_ELEMENT_ERROR(self, STREAM, FAILED, ("%s", error.what()), (nullptr));
  }
}

gboolean sink_event(GstBaseTransform* base, GstEvent* event) {
  GerundInfer* self = self_of(base);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_EOS:
      push_last_answers(self, std::nullopt);
      break;
    case GST_EVENT_CUSTOM_DOWNSTREAM:
      if (const std::optional<Break> at = break_of(event)) push_last_answers(self, at);
      break;
    case GST_EVENT_FLUSH_START:
      if (self->stream != nullptr) self->stream->interrupt(true);
      break;
    case GST_EVENT_FLUSH_STOP:
      if (self->stream != nullptr) {
        self->stream->interrupt(false);
        self->stream->forget();
      }
      break;
    default:
      break;
  }
  return GST_BASE_TRANSFORM_CLASS(gerund_infer_parent_class)->sink_event(base, event);
}

void add_latency(GerundInfer* self, GstQuery* query) {
  gboolean is_live = FALSE;
  GstClockTime least = 0, most = 0;
  gst_query_parse_latency(query, &is_live, &least, &most);
  g_atomic_int_set(&self->is_live, is_live);
  GST_OBJECT_LOCK(self);
  const GstClockTime own = self->run_latency;
  GST_OBJECT_UNLOCK(self);
  gst_query_set_latency(query, is_live, least + own, GST_CLOCK_TIME_IS_VALID(most) ? most + own : most);
}

gboolean query(GstBaseTransform* base, GstPadDirection direction, GstQuery* asked) {
  const gboolean is_answered = GST_BASE_TRANSFORM_CLASS(gerund_infer_parent_class)->query(base, direction, asked);
  if (is_answered == TRUE && direction == GST_PAD_SRC && GST_QUERY_TYPE(asked) == GST_QUERY_LATENCY)
    add_latency(self_of(base), asked);
  return is_answered;
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  GerundInfer* self = self_of(element);
  // A frame that waits for an answer must not hold up the end of the pipeline.
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY && self->stream != nullptr) self->stream->interrupt(true);
  return GST_ELEMENT_CLASS(gerund_infer_parent_class)->change_state(element, transition);
}

void finalize(GObject* object) {
  const std::unique_ptr<Settings> settings(self_of(object)->settings);
  G_OBJECT_CLASS(gerund_infer_parent_class)->finalize(object);
}

void gerund_infer_init(GerundInfer* self) {
  self->settings = std::make_unique<Settings>().release();
  self->stream = nullptr;
  gst_video_info_init(&self->info);
  gst_base_transform_set_in_place(GST_BASE_TRANSFORM(self), TRUE);
}

void gerund_infer_class_init(GerundInferClass* klass) {
  GObjectClass* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  install_properties(object, properties());
  constexpr auto kReadable = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_property(
      object, kNumWindows,
      g_param_spec_int64("num-windows", "Windows", "Windows answered", 0, G_MAXINT64, 0, kReadable));
  g_object_class_install_property(object, kNumLost,
                                  g_param_spec_int64("num-lost", "Lost windows", "Windows lost by the overload policy",
                                                     0, G_MAXINT64, 0, kReadable));
  auto* element = GST_ELEMENT_CLASS(klass);
  element->change_state = change_state;
  gst_element_class_set_static_metadata(element, "Action recognition", "Filter/Analyzer/Video",
                                        "Names what people do in windows of frames", "gerund");
  add_video_pads(element, GERUND_PIXEL_FORMATS);
  gst_type_mark_as_plugin_api(mode_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(overload_policy_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(at_end_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(regions_type(), static_cast<GstPluginAPIFlags>(0));
  GstBaseTransformClass* transform = GST_BASE_TRANSFORM_CLASS(klass);
  transform->start = start;
  transform->stop = stop;
  transform->set_caps = set_caps;
  transform->transform_ip = transform_ip;
  transform->sink_event = sink_event;
  transform->query = query;
}

}  // namespace

GType infer_type() {
  return gerund_infer_get_type();
}

}  // namespace gerund::gst
