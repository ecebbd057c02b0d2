/**
 * SECTION:element-gerundbin
 *
 * The whole chain in one: gerundroi ! gerundinfer ! gerundevents, with videoconvert before it for formats that it does
 * not take. The elements within are called roi, infer and events; their properties are set by name, as infer::mode.
 *
 * |[
 * gst-launch-1.0 uridecodebin uri=file:///tmp/clip.mp4 ! gerundbin model=model.onnx infer::stride=8 ! gerundpublish !
 * fakesink
 * ]|
 */
#include <array>

#include "gst/element_text.h"
#include "gst/elements.h"

#define GST_CAT_DEFAULT (gerund::gst::debug_category())

namespace gerund::gst {
namespace {

/// A property of the bin that is one of an element within.
struct Proxy {
  const char* name;
  const char* child;
};

constexpr std::array kProxies{Proxy{"rois", "roi"},         Proxy{"model", "infer"},      Proxy{"context", "infer"},
                              Proxy{"mode", "infer"},       Proxy{"stride", "infer"},     Proxy{"subsample", "infer"},
                              Proxy{"sample-fps", "infer"}, Proxy{"stream-id", "infer"},  Proxy{"threshold", "events"},
                              Proxy{"smoothing", "events"}, Proxy{"hold-time", "events"}, Proxy{"ignore", "events"}};

struct GerundBin {
  GstBin parent;
};

struct GerundBinClass {
  GstBinClass parent_class;
};

G_DEFINE_TYPE(GerundBin, gerund_bin, GST_TYPE_BIN)

GstElement* child_of(GObject* bin, guint id) {
  return gst_bin_get_by_name(GST_BIN(bin), kProxies.at(id - 1).child);
}

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  GstElement* child = child_of(object, id);
  g_object_set_property(G_OBJECT(child), spec->name, value);
  gst_object_unref(child);
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  GstElement* child = child_of(object, id);
  g_object_get_property(G_OBJECT(child), spec->name, value);
  gst_object_unref(child);
}

/// The same description as the child's own.
GParamSpec* copy_spec(const GParamSpec* spec) {
  const auto flags = static_cast<GParamFlags>(spec->flags & ~G_PARAM_STATIC_STRINGS);
  auto* source = const_cast<GParamSpec*>(spec);
  const char* nick = g_param_spec_get_nick(source);
  const char* help = g_param_spec_get_blurb(source);
  if (G_IS_PARAM_SPEC_STRING(spec))
    return g_param_spec_string(spec->name, nick, help, G_PARAM_SPEC_STRING(spec)->default_value, flags);
  if (G_IS_PARAM_SPEC_INT(spec)) {
    const auto* number = G_PARAM_SPEC_INT(spec);
    return g_param_spec_int(spec->name, nick, help, number->minimum, number->maximum, number->default_value, flags);
  }
  if (G_IS_PARAM_SPEC_DOUBLE(spec)) {
    const auto* number = G_PARAM_SPEC_DOUBLE(spec);
    return g_param_spec_double(spec->name, nick, help, number->minimum, number->maximum, number->default_value, flags);
  }
  const auto* choice = G_PARAM_SPEC_ENUM(spec);
  return g_param_spec_enum(spec->name, nick, help, spec->value_type, choice->default_value, flags);
}

GType type_of(const char* child) {
  if (g_str_equal(child, "roi") == TRUE) return roi_type();
  return g_str_equal(child, "infer") == TRUE ? infer_type() : events_type();
}

void install_proxies(GObjectClass* object) {
  guint id = 0;
  for (const Proxy& proxy : kProxies) {
    gpointer child_class = g_type_class_ref(type_of(proxy.child));
    g_object_class_install_property(object, ++id,
                                    copy_spec(g_object_class_find_property(G_OBJECT_CLASS(child_class), proxy.name)));
    g_type_class_unref(child_class);
  }
}

void add_ghost(GerundBin* self, GstElement* child, const char* name) {
  GstPad* pad = gst_element_get_static_pad(child, name);
  gst_element_add_pad(
      GST_ELEMENT(self),
      gst_ghost_pad_new_from_template(
          name, pad, gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(GST_ELEMENT(self)), name)));
  gst_object_unref(pad);
}

void gerund_bin_init(GerundBin* self) {
  GstElement* convert = gst_element_factory_make("videoconvert", "convert");
  const auto make = [](GType type, const char* name) { return GST_ELEMENT(g_object_new(type, "name", name, nullptr)); };
  GstElement* roi = make(roi_type(), "roi");
  GstElement* infer = make(infer_type(), "infer");
  GstElement* events = make(events_type(), "events");
  if (convert == nullptr) {
    GST_ERROR_OBJECT(self, "there is no videoconvert; install gstreamer1.0-plugins-base");
    convert = gst_element_factory_make("identity", "convert");
  }
  gst_bin_add_many(GST_BIN(self), convert, roi, infer, events, nullptr);
  gst_element_link_many(convert, roi, infer, events, nullptr);
  add_ghost(self, convert, "sink");
  add_ghost(self, events, "src");
}

void gerund_bin_class_init(GerundBinClass* klass) {
  GObjectClass* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  install_proxies(object);
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_set_static_metadata(element, "Action recognition chain", "Filter/Analyzer/Video",
                                        "Regions, windows, network and events in one", "gerund");
  add_any_video_pads(element);
}

}  // namespace

GType chain_bin_type() {
  return gerund_bin_get_type();
}

}  // namespace gerund::gst
