#include "gst/analytics.h"

#ifdef GERUND_ANALYTICS
#include <gst/analytics/analytics.h>

#include <algorithm>
#include <string>
#include <vector>
#endif

namespace gerund::gst {

#ifdef GERUND_ANALYTICS
namespace {

const std::string kTracked = "track";

void add_answer(GstAnalyticsRelationMeta* meta, const serve::WindowReport& window,
                const std::vector<std::string>& labels) {
  std::vector<gfloat> scores(window.scores.begin(), window.scores.end());
  std::vector<GQuark> classes;
  classes.reserve(scores.size());
  for (size_t i = 0; i < scores.size(); ++i)
    classes.push_back(g_quark_from_string(i < labels.size() ? labels[i].c_str() : std::to_string(i).c_str()));
  GstAnalyticsClsMtd named;
  GstAnalyticsODMtd object;
  const clip::Rectangle& box = window.box;
  // A quark lives as long as the process, and a tracker gives every person a new number.
  const std::string& object_type = window.key.kind == serve::RegionKind::track ? kTracked : window.key.id;
  if (gst_analytics_relation_meta_add_cls_mtd(meta, scores.size(), scores.data(), classes.data(), &named) == FALSE ||
      gst_analytics_relation_meta_add_od_mtd(meta, g_quark_from_string(object_type.c_str()), box.x, box.y, box.width,
                                             box.height, *std::ranges::max_element(scores), &object) == FALSE)
    return;
  gst_analytics_relation_meta_set_relation(meta, GST_ANALYTICS_REL_TYPE_RELATE_TO, object.id, named.id);
}

}  // namespace

bool has_analytics() {
  return true;
}

void add_analytics(GstBuffer* buffer, const serve::FrameReport& report) {
  if (report.windows.empty() || report.model == nullptr) return;
  GstAnalyticsRelationMeta* meta = gst_buffer_get_analytics_relation_meta(buffer);
  if (meta == nullptr) meta = gst_buffer_add_analytics_relation_meta(buffer);
  for (const serve::WindowReport& window : report.windows) {
    if (!window.scores.empty()) add_answer(meta, window, report.model->labels);
  }
}
#else
bool has_analytics() {
  return false;
}

void add_analytics(GstBuffer* /*buffer*/, const serve::FrameReport& /*report*/) {}
#endif

}  // namespace gerund::gst
