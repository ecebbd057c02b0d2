#include "gst/report_meta.h"

#include <gst/video/video.h>

#include <memory>

namespace gerund::gst {
namespace {

constexpr const char* kEventName = "gerund-report";
constexpr const char* kBreakName = "gerund-break";

GType api_type() {
  static const GType type = [] {
    static const gchar* tags[] = {GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_SIZE_STR,
                                  GST_META_TAG_VIDEO_ORIENTATION_STR, nullptr};
    return gst_meta_api_type_register("GerundReportMetaAPI", tags);
  }();
  return type;
}

gboolean init_meta(GstMeta* meta, gpointer /*params*/, GstBuffer* /*buffer*/) {
  reinterpret_cast<ReportMeta*>(meta)->report = std::make_unique<serve::FrameReport>().release();
  return TRUE;
}

void free_meta(GstMeta* meta, GstBuffer* /*buffer*/) {
  const std::unique_ptr<serve::FrameReport> owner(reinterpret_cast<ReportMeta*>(meta)->report);
}

gboolean transform_meta(GstBuffer* target, GstMeta* meta, GstBuffer* /*source*/, GQuark type, gpointer data) {
  const auto* scale = GST_VIDEO_META_TRANSFORM_IS_SCALE(type) ? static_cast<GstVideoMetaTransform*>(data) : nullptr;
  if (scale == nullptr && !GST_META_TRANSFORM_IS_COPY(type)) return FALSE;
  ReportMeta* copy = add_report(target, *reinterpret_cast<ReportMeta*>(meta)->report);
  if (scale != nullptr)
    serve::scale_boxes(*copy->report, GST_VIDEO_INFO_WIDTH(scale->out_info), GST_VIDEO_INFO_HEIGHT(scale->out_info));
  return TRUE;
}

const GstMetaInfo* meta_info() {
  static const GstMetaInfo* info =
      gst_meta_register(api_type(), "GerundReportMeta", sizeof(ReportMeta), init_meta, free_meta, transform_meta);
  return info;
}

gpointer copy_boxed(gpointer report) {
  return std::make_unique<serve::FrameReport>(*static_cast<serve::FrameReport*>(report)).release();
}

void free_boxed(gpointer report) {
  const std::unique_ptr<serve::FrameReport> owner(static_cast<serve::FrameReport*>(report));
}

GType boxed_type() {
  static const GType type = g_boxed_type_register_static("GerundReport", copy_boxed, free_boxed);
  return type;
}

bool is_called(GstEvent* event, const char* name) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_CUSTOM_DOWNSTREAM) return false;
  const GstStructure* structure = gst_event_get_structure(event);
  return structure != nullptr && gst_structure_has_name(structure, name) == TRUE;
}

}  // namespace

ReportMeta* find_report(GstBuffer* buffer) {
  meta_info();
  return reinterpret_cast<ReportMeta*>(gst_buffer_get_meta(buffer, api_type()));
}

ReportMeta* add_report(GstBuffer* buffer, serve::FrameReport report) {
  auto* meta = reinterpret_cast<ReportMeta*>(gst_buffer_add_meta(buffer, meta_info(), nullptr));
  *meta->report = std::move(report);
  return meta;
}

GstEvent* make_report_event(const serve::FrameReport& report) {
  return gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM,
                              gst_structure_new(kEventName, "report", boxed_type(), &report, nullptr));
}

const serve::FrameReport* report_of(GstEvent* event) {
  if (!is_called(event, kEventName)) return nullptr;
  const GValue* report = gst_structure_get_value(gst_event_get_structure(event), "report");
  return static_cast<const serve::FrameReport*>(g_value_get_boxed(report));
}

GstEvent* make_break_event(Break kind) {
  return gst_event_new_custom(
      GST_EVENT_CUSTOM_DOWNSTREAM,
      gst_structure_new(kBreakName, "loops", G_TYPE_BOOLEAN, kind == Break::looped ? TRUE : FALSE, nullptr));
}

std::optional<Break> break_of(GstEvent* event) {
  if (!is_called(event, kBreakName)) return std::nullopt;
  gboolean loops = FALSE;
  gst_structure_get_boolean(gst_event_get_structure(event), "loops", &loops);
  return loops == TRUE ? Break::looped : Break::lost;
}

}  // namespace gerund::gst
