// The table of the elements.
#include <array>

#include "gst/elements.h"

namespace gerund::gst {
namespace {

struct Entry {
  const char* name;
  GType (*type)();
};

constexpr std::array kElements{
    Entry{"gerundsrcbin", source_bin_type}, Entry{"gerundroi", roi_type},         Entry{"gerundinfer", infer_type},
    Entry{"gerundevents", events_type},     Entry{"gerundoverlay", overlay_type}, Entry{"gerundpublish", publish_type},
    Entry{"gerundbin", chain_bin_type},
};

}  // namespace

GstDebugCategory* debug_category() {
  static GstDebugCategory* category = _gst_debug_category_new("gerund", 0, "naming actions in live video");
  return category;
}

gboolean register_elements(GstPlugin* plugin) {
  gboolean is_well = TRUE;
  for (const Entry& entry : kElements)
    is_well = gst_element_register(plugin, entry.name, GST_RANK_NONE, entry.type()) && is_well;
  return is_well;
}

}  // namespace gerund::gst
