// gst/report_meta.h - a serve::FrameReport on a GstBuffer: how the elements of gerund speak to each other and to
// probes.
#pragma once

#include <gst/gst.h>

#include <optional>

#include "serve/report.h"

namespace gerund::gst {

/// The report of a frame. Copied with its buffer (tee, queue, videoconvert); boxes follow videoscale.
struct ReportMeta {
  GstMeta meta;
  serve::FrameReport* report;  ///< Owned; never null.
};

/// The report on `buffer`, or nullptr.
ReportMeta* find_report(GstBuffer* buffer);
/// Puts a report on a writable buffer that has none.
ReportMeta* add_report(GstBuffer* buffer, serve::FrameReport report);

/// A downstream event that carries what came up after the last frame: answers and ends of actions at EOS.
GstEvent* make_report_event(const serve::FrameReport& report);
/// The report of such an event; nullptr for every other event.
const serve::FrameReport* report_of(GstEvent* event);

enum class Break {
  lost,    ///< The source broke off.
  looped,  ///< It came to its end, and begins again.
};
/// A downstream event that says: what comes next, if anything, does not follow what was.
GstEvent* make_break_event(Break kind);
/// The break of such an event; nullopt for every other event.
std::optional<Break> break_of(GstEvent* event);

}  // namespace gerund::gst
