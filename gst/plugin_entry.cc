// What GStreamer looks for in the shared library. A program that links the elements calls register_elements itself.
#include "gst/elements.h"

#define PACKAGE "gerund"
extern "C" {
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, gerund, "Names what people are doing in live video",
                  gerund::gst::register_elements, GERUND_VERSION, "Apache-2.0", "gerund", "gerund")
}
