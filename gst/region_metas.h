// gst/region_metas.h - regions of interest on buffers: what gerundroi writes and gerundinfer reads.
#pragma once

#include <gst/video/video.h>

#include <string>
#include <vector>

#include "serve/region.h"

namespace gerund::gst {

/// How the type of the GstVideoRegionOfInterestMeta of a fixed area begins; its name follows, as videoscale of
/// GStreamer 1.22 keeps the type and loses parameters. Whatever has another type is an object that a detector upstream
/// has found.
inline constexpr std::string_view kAreaType = "gerund-roi:";

/// Puts a fixed area on a writable buffer.
void add_area(GstBuffer* buffer, const std::string& id, int index, const clip::Rectangle& box);

/// All regions on a buffer. Fixed areas by their names; objects by the number "id" of a parameter "object_id", as
/// DL Streamer's trackers write it, else by the id of the meta itself.
std::vector<serve::Region> read_regions(GstBuffer* buffer);

}  // namespace gerund::gst
