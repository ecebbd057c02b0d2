#include "gst/element_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gst/video/video.h>

#include <algorithm>

namespace gerund::gst {
namespace {

constexpr guint64 kNtpToUnixSeconds = 2208988800ULL;

/// Nanoseconds since 1970 by the clock that the caps `name` stand for; 0 where the buffer has none of it.
guint64 reference_time(GstBuffer* buffer, const char* name) {
  GstCaps* caps = gst_caps_new_empty_simple(name);
  const GstReferenceTimestampMeta* meta = gst_buffer_get_reference_timestamp_meta(buffer, caps);
  gst_caps_unref(caps);
  return meta != nullptr ? meta->timestamp : 0;
}

constexpr const char* kAnyVideo = "video/x-raw(ANY)";

void add_pad(GstElementClass* element, const char* name, GstPadDirection direction, const char* text) {
  GstCaps* caps = gst_caps_from_string(text);
  gst_element_class_add_pad_template(element, gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps));
  gst_caps_unref(caps);
}

void add_pads(GstElementClass* element, const char* text) {
  add_pad(element, "sink", GST_PAD_SINK, text);
  add_pad(element, "src", GST_PAD_SRC, text);
}

}  // namespace

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  constexpr const char* kSpaces = " \t\r\n";
  for (size_t start = 0; start <= text.size();) {
    const size_t stop = std::min(text.find(';', start), text.size());
    const size_t first = text.find_first_not_of(kSpaces, start);
    if (first < stop) parts.push_back(text.substr(first, text.find_last_not_of(kSpaces, stop - 1) - first + 1));
    start = stop + 1;
  }
  return parts;
}

void add_video_pads(GstElementClass* element, const char* formats) {
  const std::string text = fmt::format(
      "video/x-raw, format=(string){}, width=(int)[1, 32767], height=(int)[1, 32767], "
      "framerate=(fraction)[0/1, 2147483647/1]",
      formats);
  add_pads(element, text.c_str());
}

void add_any_video_pads(GstElementClass* element) {
  add_pads(element, kAnyVideo);
}

void add_any_video_source_pad(GstElementClass* element) {
  add_pad(element, "src", GST_PAD_SRC, kAnyVideo);
}

std::string ntp_text(GstBuffer* buffer) {
  guint64 unix_ns = reference_time(buffer, "timestamp/x-unix");
  const guint64 ntp_ns = reference_time(buffer, "timestamp/x-ntp");
  if (ntp_ns > kNtpToUnixSeconds * GST_SECOND) unix_ns = ntp_ns - kNtpToUnixSeconds * GST_SECOND;
  if (unix_ns == 0) return "";
  const auto seconds = static_cast<std::time_t>(unix_ns / GST_SECOND);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), unix_ns % GST_SECOND / GST_MSECOND);
}

}  // namespace gerund::gst
