/**
 * SECTION:element-gerundpublish
 *
 * Writes actions that begin and end, and windows where asked, as JSON lines (schema gerund.event/1, docs/formats.md) to
 * stdout, a file or a unix socket. A thread writes; frames never wait.
 *
 * |[
 * gst-launch-1.0 uridecodebin uri=file:///tmp/clip.mp4 ! videoconvert ! gerundinfer model=model.onnx ! gerundevents !
 * gerundpublish location=/tmp/events.jsonl emit=both ! fakesink
 * ]|
 */
#include <fmt/format.h>
#include <gst/base/gstbasetransform.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gst/element_text.h"
#include "gst/elements.h"
#include "gst/guarded.h"
#include "gst/line_sink.h"
#include "gst/properties.h"
#include "gst/report_meta.h"
#include "serve/report_json.h"

#define GST_CAT_DEFAULT (gerund::gst::debug_category())

namespace gerund::gst {
namespace {

enum class Emit { events, windows, both };

struct Settings {
  std::string location = "-";
  bool append = false;
  int64_t queue_max = 4096;
  Emit emit = Emit::events;
  int top_k = 3;
};

struct GerundPublish {
  GstBaseTransform parent;
  Settings* settings;
  LineSink* sink;        // While the element runs; guarded by the object lock against readers of properties.
  std::string* trouble;  // The last that was told of.
  std::string* frame;    // Whose report was written last: stream and number.
};

struct GerundPublishClass {
  GstBaseTransformClass parent_class;
};

G_DEFINE_TYPE(GerundPublish, gerund_publish, GST_TYPE_BASE_TRANSFORM)

GerundPublish* self_of(gpointer object) {
  return reinterpret_cast<GerundPublish*>(object);
}

GType emit_type() {
  static const GEnumValue values[] = {{static_cast<int>(Emit::events), "Starts and ends of actions", "events"},
                                      {static_cast<int>(Emit::windows), "Every answer of the network", "windows"},
                                      {static_cast<int>(Emit::both), "Both", "both"},
                                      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GerundEmit", values);
  return type;
}

const std::vector<Property<Settings>>& properties() {
  static const std::vector<Property<Settings>> table{
      {"location", "Location", "- (stdout), a file, or unix:PATH, a stream socket that someone listens on",
       [](Settings& s) { return &s.location; }},
      {"append", "Append", "Go on in a file that exists, instead of replacing it",
       [](Settings& s) { return &s.append; }},
      {"queue-max", "Longest queue", "Lines that wait to be written; one more and the oldest is lost",
       [](Settings& s) { return &s.queue_max; }, 1, 1e9},
      {"emit", "Emit", "What is written", [](Settings& s) { return enum_member(emit_type(), s.emit); }},
      {"top-k", "Top k", "Labels listed with each line", [](Settings& s) { return &s.top_k; }, 1, 1000}};
  return table;
}

const guint kNumLost = 1000;            // Read-only, behind the table.
constexpr double kPatienceSeconds = 3;  // With a reader that takes nothing, when the pipeline stops.

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  if (!set_property_of(object, *self_of(object)->settings, properties(), id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  GerundPublish* self = self_of(object);
  if (get_property_of(object, *self->settings, properties(), id, value)) return;
  if (id == kNumLost) {
    GST_OBJECT_LOCK(self);
    g_value_set_int64(value, self->sink != nullptr ? self->sink->num_lost() : 0);
    GST_OBJECT_UNLOCK(self);
  } else {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

gboolean start(GstBaseTransform* base) {
  GerundPublish* self = self_of(base);
  try {
    const Settings settings = snapshot(self, *self->settings);
    auto sink = std::make_unique<LineSink>(LineSink::Options{.target = settings.location,
                                                             .appends = settings.append,
                                                             .max_waiting = static_cast<size_t>(settings.queue_max),
                                                             .patience_seconds = kPatienceSeconds});
    GST_OBJECT_LOCK(self);
    self->sink = sink.release();
    self->frame->clear();
    GST_OBJECT_UNLOCK(self);
    return TRUE;
  } catch (const std::exception& error) {
    GST_ELEMENT_ERROR(self, RESOURCE, OPEN_WRITE, ("%s", error.what()), (nullptr));
    return FALSE;
  }
}

gboolean stop(GstBaseTransform* base) {
  GerundPublish* self = self_of(base);
  GST_OBJECT_LOCK(self);
  std::unique_ptr<LineSink> sink(std::exchange(self->sink, nullptr));
  GST_OBJECT_UNLOCK(self);
  return TRUE;
}

void publish(GerundPublish* self, const serve::FrameReport& report) {
  const Settings settings = snapshot(self, *self->settings);
  const serve::JsonOptions options{settings.emit != Emit::windows, settings.emit != Emit::events, settings.top_k};
  for (std::string& line : serve::event_lines(report, options)) self->sink->push(std::move(line));
  std::string trouble = self->sink->trouble();
  if (!trouble.empty() && trouble != *self->trouble)
    GST_ELEMENT_WARNING(self, RESOURCE, WRITE, ("%s: %s", settings.location.c_str(), trouble.c_str()), (nullptr));
  *self->trouble = std::move(trouble);
}

/// videorate shows frames twice.
void publish_once(GerundPublish* self, const serve::FrameReport& report) {
  std::string frame = report.frame_number ? fmt::format("{} {}", *report.frame_number, report.stream) : "";
  if (!frame.empty() && frame == *self->frame) return;
  *self->frame = std::move(frame);
  publish(self, report);
}

GstFlowReturn transform_ip(GstBaseTransform* base, GstBuffer* buffer) {
  const ReportMeta* meta = find_report(buffer);
  GerundPublish* self = self_of(base);
  const bool is_done = meta == nullptr || guarded(base, [&] { publish_once(self, *meta->report); });
  return is_done ? GST_FLOW_OK : GST_FLOW_ERROR;
}

gboolean sink_event(GstBaseTransform* base, GstEvent* event) {
  if (const serve::FrameReport* report = report_of(event)) guarded(base, [&] { publish(self_of(base), *report); });
  return GST_BASE_TRANSFORM_CLASS(gerund_publish_parent_class)->sink_event(base, event);
}

void finalize(GObject* object) {
  const std::unique_ptr<Settings> settings(self_of(object)->settings);
  const std::unique_ptr<std::string> trouble(self_of(object)->trouble);
  const std::unique_ptr<std::string> frame(self_of(object)->frame);
  G_OBJECT_CLASS(gerund_publish_parent_class)->finalize(object);
}

void gerund_publish_init(GerundPublish* self) {
  self->settings = std::make_unique<Settings>().release();
  self->trouble = std::make_unique<std::string>().release();
  self->frame = std::make_unique<std::string>().release();
  gst_base_transform_set_in_place(GST_BASE_TRANSFORM(self), TRUE);
}

void gerund_publish_class_init(GerundPublishClass* klass) {
  GObjectClass* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  install_properties(object, properties());
  g_object_class_install_property(
      object, kNumLost,
      g_param_spec_int64("num-lost", "Lost lines", "Lines that could not be written", 0, G_MAXINT64, 0,
                         static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_set_static_metadata(element, "Event lines", "Filter/Analyzer/Video", "Writes actions as JSON lines",
                                        "gerund");
  add_any_video_pads(element);
  gst_type_mark_as_plugin_api(emit_type(), static_cast<GstPluginAPIFlags>(0));
  GstBaseTransformClass* transform = GST_BASE_TRANSFORM_CLASS(klass);
  transform->start = start;
  transform->stop = stop;
  transform->transform_ip = transform_ip;
  transform->sink_event = sink_event;
}

}  // namespace

GType publish_type() {
  return gerund_publish_get_type();
}

}  // namespace gerund::gst
