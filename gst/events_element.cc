/**
 * SECTION:element-gerundevents
 *
 * Turns the answers of gerundinfer into actions that begin and end: smoothing, thresholds with hysteresis, hold. Each
 * change travels on with the frame for gerundoverlay and gerundpublish, and is an element message "gerund-event" on the
 * bus.
 *
 * |[
 * gst-launch-1.0 -m uridecodebin uri=file:///tmp/clip.mp4 ! videoconvert ! gerundinfer model=model.onnx !
 * gerundevents threshold=0.6 ! fakesink
 * ]|
 */
#include <gst/base/gstbasetransform.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "gst/element_text.h"
#include "gst/elements.h"
#include "gst/properties.h"
#include "gst/report_meta.h"
#include "serve/action_tracker.h"
#include "serve/limits.h"

#define GST_CAT_DEFAULT (gerund::gst::debug_category())

namespace gerund::gst {
namespace {

struct Settings {
  serve::ActionOptions actions;
  double exit_threshold = -1;
  std::string ignore;
};

struct GerundEvents {
  GstBaseTransform parent;
  Settings* settings;
  serve::ActionTracker* tracker;  // Made with the first report, which knows the labels.
  serve::FrameReport* last;       // Who and where; of the last frame.
};

struct GerundEventsClass {
  GstBaseTransformClass parent_class;
};

G_DEFINE_TYPE(GerundEvents, gerund_events, GST_TYPE_BASE_TRANSFORM)

GerundEvents* self_of(gpointer object) {
  return reinterpret_cast<GerundEvents*>(object);
}

GType smoothing_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(serve::SmoothingKind::none), "Every window by itself", "none"},
      {static_cast<int>(serve::SmoothingKind::ema), "Exponential moving average", "ema"},
      {static_cast<int>(serve::SmoothingKind::mean), "Mean of the last windows", "mean"},
      {static_cast<int>(serve::SmoothingKind::vote), "Share of the last windows with this label best", "vote"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GerundSmoothing", values);
  return type;
}

const std::vector<Property<Settings>>& properties() {
  static const std::vector<Property<Settings>> table{
      {"threshold", "Threshold", "Score at which an action begins; above 1 for raw numbers (activation=none)",
       [](Settings& s) { return &s.actions.threshold; }, 0, serve::kLargestScore},
      {"exit-threshold", "Exit threshold", "Score below which it ends; -1: 0.8 of threshold",
       [](Settings& s) { return &s.exit_threshold; }, -1, serve::kLargestScore},
      {"smoothing", "Smoothing", "How scores of neighbouring windows are joined",
       [](Settings& s) { return enum_member(smoothing_type(), s.actions.smoothing.kind); }},
      {"alpha", "Alpha", "Weight of the newest window in ema", [](Settings& s) { return &s.actions.smoothing.alpha; },
       serve::kSmallestAlpha, 1},
      {"smoothing-windows", "Smoothing windows", "Windows of mean and vote",
       [](Settings& s) { return &s.actions.smoothing.num_windows; }, 1, serve::kMostSmoothingWindows},
      {"min-duration", "Shortest action", "Seconds; shorter actions are not told of",
       [](Settings& s) { return &s.actions.min_seconds; }, 0, serve::kLongestSeconds},
      {"hold-time", "Hold", "Seconds that an action outlives the last window that shows it",
       [](Settings& s) { return &s.actions.hold_seconds; }, 0, serve::kLongestSeconds},
      {"ignore", "Ignored labels", "Labels that stand for nothing, separated by ';'",
       [](Settings& s) { return &s.ignore; }}};
  return table;
}

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  if (!set_property_of(object, *self_of(object)->settings, properties(), id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  if (!get_property_of(object, *self_of(object)->settings, properties(), id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

serve::ActionOptions action_options(const Settings& settings, const std::vector<std::string>& labels) {
  serve::ActionOptions options = settings.actions;
  options.exit_threshold = settings.exit_threshold == -1 ? 0.8 * options.threshold : settings.exit_threshold;
  options.ignored = serve::ignored_classes(split_list(settings.ignore), labels);
  return options;
}

void post(GerundEvents* self, const serve::FrameReport& report, const serve::EventReport& event) {
  const serve::ActionChange& change = event.change;
  GstStructure* structure = gst_structure_new(
      "gerund-event", "event", G_TYPE_STRING, change.is_start ? "start" : "end", "stream", G_TYPE_STRING,
      report.stream.c_str(), "source-id", G_TYPE_INT64, report.source_id, "region", G_TYPE_STRING, event.key.id.c_str(),
      "is-track", G_TYPE_BOOLEAN, event.key.kind == serve::RegionKind::track ? TRUE : FALSE, "label", G_TYPE_STRING,
      report.model->labels.at(static_cast<size_t>(change.class_index)).c_str(), "class-id", G_TYPE_INT64,
      change.class_index, "number", G_TYPE_INT64, change.number, "score", G_TYPE_DOUBLE, change.score, "start",
      G_TYPE_DOUBLE, change.start_seconds, "end", G_TYPE_DOUBLE, change.end_seconds, nullptr);
  gst_element_post_message(GST_ELEMENT(self), gst_message_new_element(GST_OBJECT(self), structure));
}

serve::ActionTracker& tracker_of(GerundEvents* self, const serve::FrameReport& report) {
  if (self->tracker == nullptr)
    self->tracker =
        std::make_unique<serve::ActionTracker>(action_options(snapshot(self, *self->settings), report.model->labels))
            .release();
  return *self->tracker;
}

/// True for a copy of the last frame, as videorate makes them: what it tells was heard.
bool is_repeated(const serve::FrameReport& report, const serve::FrameReport& last) {
  return report.frame_number && report.frame_number == last.frame_number && report.stream == last.stream;
}

void add_changes(GerundEvents* self, serve::FrameReport& report) {
  if (is_repeated(report, *self->last)) {
    report.windows.clear();
    report.gone.clear();
  }
  tracker_of(self, report).push(report);
  for (const serve::EventReport& event : report.events) post(self, report, event);
  *self->last = serve::frame_of(report);
}

/// FALSE after an error: settings that do not fit the labels are found with the first report.
gboolean try_changes(GerundEvents* self, serve::FrameReport& report) {
  try {
    add_changes(self, report);
    return TRUE;
  } catch (const std::exception& error) {
    GST_ELEMENT_ERROR(self, LIBRARY, SETTINGS, ("%s", error.what()), (nullptr));
    return FALSE;
  }
}

GstFlowReturn transform_ip(GstBaseTransform* base, GstBuffer* buffer) {
  ReportMeta* meta = find_report(buffer);
  return meta == nullptr || try_changes(self_of(base), *meta->report) ? GST_FLOW_OK : GST_FLOW_ERROR;
}

/// Every action that is under way ends with the stream.
void end_actions(GerundEvents* self) {
  if (self->tracker == nullptr) return;
  serve::FrameReport report = *self->last;
  self->tracker->finish(report);
  if (report.events.empty()) return;
  for (const serve::EventReport& event : report.events) post(self, report, event);
  gst_pad_push_event(GST_BASE_TRANSFORM_SRC_PAD(self), make_report_event(report));
}

gboolean sink_event(GstBaseTransform* base, GstEvent* event) {
  GerundEvents* self = self_of(base);
  if (const serve::FrameReport* found = report_of(event)) {
    serve::FrameReport report = *found;
    gst_event_unref(event);
    if (report.windows.empty() && report.gone.empty()) return TRUE;
    return try_changes(self, report) && gst_pad_push_event(GST_BASE_TRANSFORM_SRC_PAD(self), make_report_event(report));
  }
  if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) end_actions(self);
  return GST_BASE_TRANSFORM_CLASS(gerund_events_parent_class)->sink_event(base, event);
}

void forget_tracker(GerundEvents* self) {
  const std::unique_ptr<serve::ActionTracker> owner(self->tracker);
  self->tracker = nullptr;
}

gboolean stop(GstBaseTransform* base) {
  forget_tracker(self_of(base));
  *self_of(base)->last = {};
  return TRUE;
}

void finalize(GObject* object) {
  forget_tracker(self_of(object));
  const std::unique_ptr<Settings> settings(self_of(object)->settings);
  const std::unique_ptr<serve::FrameReport> last(self_of(object)->last);
  G_OBJECT_CLASS(gerund_events_parent_class)->finalize(object);
}

void gerund_events_init(GerundEvents* self) {
  self->settings = std::make_unique<Settings>().release();
  self->last = std::make_unique<serve::FrameReport>().release();
  gst_base_transform_set_in_place(GST_BASE_TRANSFORM(self), TRUE);
}

void gerund_events_class_init(GerundEventsClass* klass) {
  GObjectClass* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  install_properties(object, properties());
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_set_static_metadata(element, "Action events", "Filter/Analyzer/Video",
                                        "From the answers about windows to actions that begin and end", "gerund");
  add_any_video_pads(element);
  gst_type_mark_as_plugin_api(smoothing_type(), static_cast<GstPluginAPIFlags>(0));
  GstBaseTransformClass* transform = GST_BASE_TRANSFORM_CLASS(klass);
  transform->stop = stop;
  transform->transform_ip = transform_ip;
  transform->sink_event = sink_event;
}

}  // namespace

GType events_type() {
  return gerund_events_get_type();
}

}  // namespace gerund::gst
