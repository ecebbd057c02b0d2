/**
 * SECTION:element-gerundroi
 *
 * Marks fixed regions of interest on the frames of a stream, each with a name, so that gerundinfer looks at each by
 * itself.
 *
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=8 ! gerundroi rois="door:0,0,0.5,1;desk:160,0,160,240" ! fakesink
 * ]|
 */
#include <gst/base/gstbasetransform.h>
#include <gst/video/video.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gst/area_list.h"
#include "gst/element_text.h"
#include "gst/elements.h"
#include "gst/properties.h"
#include "gst/region_metas.h"

#define GST_CAT_DEFAULT (gerund::gst::debug_category())

namespace gerund::gst {
namespace {

struct Settings {
  std::string rois;
};

struct GerundRoi {
  GstBaseTransform parent;
  Settings* settings;
  std::vector<PlacedArea>* areas;  // For the size of the frames as they are now.
};

struct GerundRoiClass {
  GstBaseTransformClass parent_class;
};

G_DEFINE_TYPE(GerundRoi, gerund_roi, GST_TYPE_BASE_TRANSFORM)

GerundRoi* self_of(gpointer object) {
  return reinterpret_cast<GerundRoi*>(object);
}

const std::vector<Property<Settings>>& properties() {
  static const std::vector<Property<Settings>> table{
      {"rois", "Regions of interest",
       "id:x,y,width,height[;...] in pixels, or in 0..1 of the frame where none is above 1",
       [](Settings& s) { return &s.rois; }}};
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

gboolean start(GstBaseTransform* base) {
  try {
    parse_areas(snapshot(base, *self_of(base)->settings).rois);
    return TRUE;
  } catch (const std::exception& error) {
    GST_ELEMENT_ERROR(base, LIBRARY, SETTINGS, ("%s", error.what()), (nullptr));
    return FALSE;
  }
}

gboolean set_caps(GstBaseTransform* base, GstCaps* in, GstCaps* /*out*/) {
  GerundRoi* self = self_of(base);
  GstVideoInfo info;
  if (gst_video_info_from_caps(&info, in) == FALSE) return FALSE;
  try {
    std::vector<std::string> warnings;
    *self->areas = place_areas(parse_areas(snapshot(self, *self->settings).rois), GST_VIDEO_INFO_WIDTH(&info),
                               GST_VIDEO_INFO_HEIGHT(&info), warnings);
    for (const std::string& warning : warnings)
      GST_ELEMENT_WARNING(self, LIBRARY, SETTINGS, ("%s", warning.c_str()), (nullptr));
    return TRUE;
  } catch (const std::exception& error) {
    GST_ELEMENT_ERROR(self, LIBRARY, SETTINGS, ("%s", error.what()), (nullptr));
    return FALSE;
  }
}

GstFlowReturn transform_ip(GstBaseTransform* base, GstBuffer* buffer) {
  int index = 0;
  for (const PlacedArea& area : *self_of(base)->areas) add_area(buffer, area.id, index++, area.box);
  return GST_FLOW_OK;
}

void finalize(GObject* object) {
  const std::unique_ptr<Settings> settings(self_of(object)->settings);
  const std::unique_ptr<std::vector<PlacedArea>> areas(self_of(object)->areas);
  G_OBJECT_CLASS(gerund_roi_parent_class)->finalize(object);
}

void gerund_roi_init(GerundRoi* self) {
  self->settings = std::make_unique<Settings>().release();
  self->areas = std::make_unique<std::vector<PlacedArea>>().release();
  gst_base_transform_set_in_place(GST_BASE_TRANSFORM(self), TRUE);
}

void gerund_roi_class_init(GerundRoiClass* klass) {
  GObjectClass* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  install_properties(object, properties());
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_set_static_metadata(element, "Regions of interest", "Filter/Metadata/Video",
                                        "Marks fixed regions of the picture", "gerund");
  add_any_video_pads(element);
  GstBaseTransformClass* transform = GST_BASE_TRANSFORM_CLASS(klass);
  transform->start = start;
  transform->set_caps = set_caps;
  transform->transform_ip = transform_ip;
}

}  // namespace

GType roi_type() {
  return gerund_roi_get_type();
}

}  // namespace gerund::gst
