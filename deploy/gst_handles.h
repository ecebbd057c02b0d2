// deploy/gst_handles.h - owners of GStreamer's handles.
#pragma once

#include <gst/gst.h>

#include <memory>

namespace gerund::deploy {

template <auto release>
struct Release {
  template <typename Handle>
  void operator()(Handle* handle) const {
    release(handle);
  }
};

struct StopAndRelease {
  void operator()(GstElement* pipeline) const {
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }
};

using PipelineHandle = std::unique_ptr<GstElement, StopAndRelease>;
using ElementHandle = std::unique_ptr<GstElement, Release<gst_object_unref>>;
using PadHandle = std::unique_ptr<GstPad, Release<gst_object_unref>>;
using SampleHandle = std::unique_ptr<GstSample, Release<gst_sample_unref>>;
using MessageHandle = std::unique_ptr<GstMessage, Release<gst_message_unref>>;
using CapsHandle = std::unique_ptr<GstCaps, Release<gst_caps_unref>>;

}  // namespace gerund::deploy
