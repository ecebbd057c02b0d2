// gst/guarded.h - no exception gets out into GStreamer, which is C.
#pragma once

#include <gst/gst.h>

#include <exception>

namespace gerund::gst {

/// Does `work()`. False where it throws: what is wrong is then an error of the element.
template <typename Work>
bool guarded(void* element, Work work) {
  try {
    work();
    return true;
  } catch (const std::exception& error) {
    GST_ELEMENT_ERROR(element, LIBRARY, FAILED, ("%s", error.what()), (nullptr));
    return false;
  }
}

}  // namespace gerund::gst
