// gst/elements.h - the elements of the plugin, one file each.
#pragma once

#include <gst/gst.h>

namespace gerund::gst {

/// Registers all elements with `plugin`; nullptr: with the process, for programs that link them. Returns FALSE where
/// GStreamer refuses.
gboolean register_elements(GstPlugin* plugin);

GType source_bin_type();  ///< gerundsrcbin
GType roi_type();         ///< gerundroi
GType infer_type();       ///< gerundinfer
GType events_type();      ///< gerundevents
GType overlay_type();     ///< gerundoverlay
GType publish_type();     ///< gerundpublish
GType chain_bin_type();   ///< gerundbin

/// The debug category of all of them, "gerund".
GstDebugCategory* debug_category();

}  // namespace gerund::gst
