#include "gst/region_metas.h"

namespace gerund::gst {
namespace {

serve::RegionKey key_of(GstVideoRegionOfInterestMeta* meta) {
  const std::string_view type = g_quark_to_string(meta->roi_type);
  if (type.starts_with(kAreaType)) return {serve::RegionKind::area, std::string(type.substr(kAreaType.size()))};
  gint tracked = meta->id;
  if (const GstStructure* object = gst_video_region_of_interest_meta_get_param(meta, "object_id"))
    gst_structure_get_int(object, "id", &tracked);
  return {serve::RegionKind::track, std::to_string(tracked)};
}

}  // namespace

void add_area(GstBuffer* buffer, const std::string& id, int index, const clip::Rectangle& box) {
  GstVideoRegionOfInterestMeta* meta = gst_buffer_add_video_region_of_interest_meta(
      buffer, (std::string(kAreaType) + id).c_str(), static_cast<guint>(box.x), static_cast<guint>(box.y),
      static_cast<guint>(box.width), static_cast<guint>(box.height));
  meta->id = index;
}

std::vector<serve::Region> read_regions(GstBuffer* buffer) {
  std::vector<serve::Region> regions;
  gpointer state = nullptr;
  while (GstMeta* found =
             gst_buffer_iterate_meta_filtered(buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)) {
    auto* meta = reinterpret_cast<GstVideoRegionOfInterestMeta*>(found);
    regions.push_back(
        {key_of(meta),
         {static_cast<int>(meta->x), static_cast<int>(meta->y), static_cast<int>(meta->w), static_cast<int>(meta->h)}});
  }
  return regions;
}

}  // namespace gerund::gst
