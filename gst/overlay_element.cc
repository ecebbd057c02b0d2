/**
 * SECTION:element-gerundoverlay
 *
 * Draws what gerundinfer and gerundevents say: the label of each region with its score, bars, the regions' outlines.
 * A label that is held is drawn paler. Without a report on the frames it draws nothing.
 *
 * |[
 * gst-launch-1.0 uridecodebin uri=file:///tmp/clip.mp4 ! videoconvert ! gerundinfer model=model.onnx ! gerundevents !
 * videoconvert ! gerundoverlay ! videoconvert ! fakesink
 * ]|
 */
#include <fmt/format.h>
#include <gst/base/gstbasetransform.h>
#include <gst/video/video.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "draw/live_overlay.h"
#include "gst/element_text.h"
#include "gst/elements.h"
#include "gst/guarded.h"
#include "gst/properties.h"
#include "gst/report_meta.h"
#include "infer/softmax.h"
#include "serve/limits.h"

#define GST_CAT_DEFAULT (gerund::gst::debug_category())

namespace gerund::gst {
namespace {

enum class Show {
  actions,  ///< What gerundevents says the region shows.
  windows,  ///< The best label of a window, on the frame that completes it and on no other.
};

struct Settings {
  Show show = Show::actions;
  bool outlines = true;
  bool score = true;
  int64_t bars = 3;
  bool fps = false;
  double threshold = -serve::kLargestScore;
  std::string prefix;
  std::string caption;
};

struct GerundOverlay {
  GstBaseTransform parent;
  Settings* settings;
  GstVideoInfo info;
  gint64 first_us;  // Wall clock of the first frame; 0: none yet.
  gint64 num_frames;
};

struct GerundOverlayClass {
  GstBaseTransformClass parent_class;
};

G_DEFINE_TYPE(GerundOverlay, gerund_overlay, GST_TYPE_BASE_TRANSFORM)

GerundOverlay* self_of(gpointer object) {
  return reinterpret_cast<GerundOverlay*>(object);
}

GType show_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Show::actions), "The action of each region, as long as it lasts", "actions"},
      {static_cast<int>(Show::windows), "The best label of a window, on the frame that completes it", "windows"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GerundShow", values);
  return type;
}

const std::vector<Property<Settings>>& properties() {
  static const std::vector<Property<Settings>> table{
      {"show", "Show", "Which labels are drawn", [](Settings& s) { return enum_member(show_type(), s.show); }, 0, 0,
       true},
      {"outlines", "Outlines", "Draw the outlines of regions", [](Settings& s) { return &s.outlines; }, 0, 0, true},
      {"score", "Score", "Draw the score beside the label", [](Settings& s) { return &s.score; }, 0, 0, true},
      {"bars", "Bars", "Best labels drawn as bars", [](Settings& s) { return &s.bars; }, 0, 100, true},
      {"fps", "Frames per second", "Draw the rate at which frames come", [](Settings& s) { return &s.fps; }, 0, 0,
       true},
      {"threshold", "Threshold", "With show=windows: the score that a label must exceed to be drawn",
       [](Settings& s) { return &s.threshold; }, -serve::kLargestScore, serve::kLargestScore, true},
      {"prefix", "Prefix", "Text before each label", [](Settings& s) { return &s.prefix; }, 0, 0, true},
      {"caption", "Caption", "Text at the lower left", [](Settings& s) { return &s.caption; }, 0, 0, true}};
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

std::vector<draw::ScoredLabel> best_labels(const std::vector<double>& scores, const std::vector<std::string>& labels,
                                           int64_t count) {
  std::vector<draw::ScoredLabel> best;
  for (const size_t index : infer::top_classes(scores, static_cast<size_t>(count)))
    best.push_back({labels.at(index), scores[index], static_cast<int64_t>(index)});
  return best;
}

draw::LiveRegion region_at(const clip::Rectangle& box, const serve::FrameReport& report) {
  draw::LiveRegion region;
  region.box = {static_cast<double>(box.x), static_cast<double>(box.y), static_cast<double>(box.width),
                static_cast<double>(box.height)};
  region.has_outline = box.width < report.frame_width || box.height < report.frame_height;
  return region;
}

draw::LiveRegion action_of(const serve::RegionReport& shown, const serve::FrameReport& report,
                           const Settings& settings) {
  draw::LiveRegion region = region_at(shown.box, report);
  region.top = best_labels(shown.scores, report.model->labels, settings.bars);
  if (!shown.action) return region;
  region.class_index = shown.action->class_index;
  region.label = settings.prefix + report.model->labels.at(static_cast<size_t>(region.class_index));
  region.score = shown.action->score;
  region.is_stale = shown.action->is_held;
  return region;
}

draw::LiveRegion window_of(const serve::WindowReport& window, const serve::FrameReport& report,
                           const Settings& settings) {
  draw::LiveRegion region = region_at(window.box, report);
  region.class_index = std::ranges::max_element(window.scores) - window.scores.begin();
  region.label = settings.prefix + report.model->labels.at(static_cast<size_t>(region.class_index));
  region.score = window.scores[static_cast<size_t>(region.class_index)];
  return region;
}

draw::LiveOverlay overlay_of(const serve::FrameReport& report, const Settings& settings) {
  draw::LiveOverlay overlay;
  overlay.draws_outlines = settings.outlines;
  overlay.draws_score = settings.score;
  overlay.caption = settings.caption;
  if (settings.show == Show::windows) {
    for (const serve::WindowReport& window : report.windows) {
      if (std::ranges::max(window.scores) > settings.threshold)
        overlay.regions.push_back(window_of(window, report, settings));
    }
  } else {
    for (const serve::RegionReport& region : report.regions)
      overlay.regions.push_back(action_of(region, report, settings));
  }
  return overlay;
}

std::string rate_text(GerundOverlay* self) {
  const gint64 now = g_get_monotonic_time();
  if (self->first_us == 0) self->first_us = now;
  const double seconds = static_cast<double>(now - self->first_us) / G_USEC_PER_SEC;
  const gint64 count = self->num_frames++;
  return seconds > 0 ? fmt::format("{:.1f} fps", static_cast<double>(count) / seconds) : "";
}

/// Draws on a copy without padding and writes it back.
void draw(GerundOverlay* self, GstBuffer* buffer, const draw::LiveOverlay& overlay) {
  GstVideoFrame mapped;
  if (gst_video_frame_map(&mapped, &self->info, buffer, GST_MAP_READWRITE) == FALSE) return;
  tensor::Frame frame(GST_VIDEO_FRAME_WIDTH(&mapped), GST_VIDEO_FRAME_HEIGHT(&mapped));
  auto* pixels = static_cast<uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&mapped, 0));
  const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&mapped, 0);
  const size_t bytes = static_cast<size_t>(frame.width) * 3;
  for (int y = 0; y < frame.height; ++y) std::memcpy(frame.row(y), pixels + static_cast<ptrdiff_t>(y) * stride, bytes);
  draw_live_overlay(frame, overlay);
  for (int y = 0; y < frame.height; ++y) std::memcpy(pixels + static_cast<ptrdiff_t>(y) * stride, frame.row(y), bytes);
  gst_video_frame_unmap(&mapped);
}

gboolean set_caps(GstBaseTransform* base, GstCaps* in, GstCaps* /*out*/) {
  return gst_video_info_from_caps(&self_of(base)->info, in);
}

void draw_report(GerundOverlay* self, GstBuffer* buffer) {
  const Settings settings = snapshot(self, *self->settings);
  const ReportMeta* meta = find_report(buffer);
  draw::LiveOverlay overlay;
  if (meta != nullptr && meta->report->model) overlay = overlay_of(*meta->report, settings);
  overlay.caption = settings.caption;
  if (settings.fps) overlay.caption += (overlay.caption.empty() ? "" : "  ") + rate_text(self);
  if (!overlay.regions.empty() || !overlay.caption.empty()) draw(self, buffer, overlay);
}

GstFlowReturn transform_ip(GstBaseTransform* base, GstBuffer* buffer) {
  return guarded(base, [&] { draw_report(self_of(base), buffer); }) ? GST_FLOW_OK : GST_FLOW_ERROR;
}

void finalize(GObject* object) {
  const std::unique_ptr<Settings> settings(self_of(object)->settings);
  G_OBJECT_CLASS(gerund_overlay_parent_class)->finalize(object);
}

void gerund_overlay_init(GerundOverlay* self) {
  self->settings = std::make_unique<Settings>().release();
  gst_video_info_init(&self->info);
  gst_base_transform_set_in_place(GST_BASE_TRANSFORM(self), TRUE);
}

void gerund_overlay_class_init(GerundOverlayClass* klass) {
  GObjectClass* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  install_properties(object, properties());
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_set_static_metadata(element, "Action overlay", "Filter/Effect/Video",
                                        "Draws labels, scores and regions on frames", "gerund");
  add_video_pads(element, "RGB");
  gst_type_mark_as_plugin_api(show_type(), static_cast<GstPluginAPIFlags>(0));
  GstBaseTransformClass* transform = GST_BASE_TRANSFORM_CLASS(klass);
  transform->set_caps = set_caps;
  transform->transform_ip = transform_ip;
}

}  // namespace

GType overlay_type() {
  return gerund_overlay_get_type();
}

}  // namespace gerund::gst
