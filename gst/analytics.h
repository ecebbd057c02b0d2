// gst/analytics.h - answers as GStreamer's own analytics metas, for elements of others.
#pragma once

#include <gst/gst.h>

#include "serve/report.h"

namespace gerund::gst {

/// Whether this build has them: from GStreamer 1.24 on.
bool has_analytics();

/// Adds to the GstAnalyticsRelationMeta of a writable buffer, or to a new one, for each answer of a window: a
/// classification with the score of every class, and an object with the region's id, box and best score, which relates
/// to it. Nothing where there are no answers, or no such metas (has_analytics).
void add_analytics(GstBuffer* buffer, const serve::FrameReport& report);

}  // namespace gerund::gst
