// gst/element_text.h - what the elements share in reading texts and declaring pads.
#pragma once

#include <gst/gst.h>

#include <string>
#include <vector>

namespace gerund::gst {

/// The parts of a list separated by ';', without spaces around them; empty ones are left out.
std::vector<std::string> split_list(const std::string& text);

/// Declares a sink pad and a source pad, always there, for raw video of `formats` ("{ RGB, I420 }") in system memory.
void add_video_pads(GstElementClass* element, const char* formats);

/// The same for video of any form and memory.
void add_any_video_pads(GstElementClass* element);

/// The source pad alone.
void add_any_video_source_pad(GstElementClass* element);

/// The time at which the camera took the frame by its own clock (RTCP sender reports), RFC 3339; "" where the buffer
/// does not say.
std::string ntp_text(GstBuffer* buffer);

}  // namespace gerund::gst
