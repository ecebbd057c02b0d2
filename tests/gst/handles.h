// tests/gst/handles.h - owners of what GStreamer counts.
#pragma once

#include <gst/gst.h>

#include <memory>

namespace gerund::gst {

struct Unref {
  void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
  void operator()(GstEvent* event) const { gst_event_unref(event); }
  void operator()(GstMessage* message) const { gst_message_unref(message); }
  void operator()(GstElement* element) const { gst_object_unref(element); }
  void operator()(GstBus* bus) const { gst_object_unref(bus); }
  void operator()(GstPad* pad) const { gst_object_unref(pad); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
};
using BufferHandle = std::unique_ptr<GstBuffer, Unref>;
using EventHandle = std::unique_ptr<GstEvent, Unref>;
using MessageHandle = std::unique_ptr<GstMessage, Unref>;
using ElementHandle = std::unique_ptr<GstElement, Unref>;
using BusHandle = std::unique_ptr<GstBus, Unref>;
using PadHandle = std::unique_ptr<GstPad, Unref>;
using CapsHandle = std::unique_ptr<GstCaps, Unref>;

}  // namespace gerund::gst
