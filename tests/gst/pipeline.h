// tests/gst/pipeline.h - a whole pipeline with threads of its own.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "gst/handles.h"
#include "gst/messages.h"
#include "gst/report_meta.h"

namespace gerund::gst {

/// A frame as it came to a sink.
struct SeenFrame {
  GstClockTime pts = 0;
  bool is_discontinuous = false;
  bool has_report = false;
  serve::FrameReport report;
};

/// A pipeline as gst-launch-1.0 writes it. What comes to the element named "sink" is written down.
///
/// Threads: the test's; frames are written down by those of the pipeline.
class Pipeline {
 public:
  /// No wait for a message or a frame takes longer.
  static constexpr GstClockTime kLongest = 60 * GST_SECOND;

  explicit Pipeline(const std::string& text) {
    GError* error = nullptr;
    pipeline_.reset(gst_parse_launch(text.c_str(), &error));
    if (error != nullptr) throw std::runtime_error(text + ": " + error->message);
    bus_.reset(gst_element_get_bus(pipeline_.get()));
    const ElementHandle sink = element("sink");
    if (!sink) return;
    const PadHandle pad(gst_element_get_static_pad(sink.get(), "sink"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, on_frame, this, nullptr);
  }
  ~Pipeline() { stop(); }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  bool start() { return gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE; }
  /// Messages stay; they are read after it as before.
  void stop() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

  /// Runs until the first message that `is_last` accepts and returns all up to it; without it when none comes any more.
  std::vector<MessageHandle> wait_for(const std::function<bool(GstMessage*)>& is_last) {
    std::vector<MessageHandle> all;
    while (GstMessage* message = gst_bus_timed_pop(bus_.get(), kLongest)) {
      all.emplace_back(message);
      if (is_last(message)) break;
    }
    return all;
  }
  /// Plays to the end or to an error.
  std::vector<MessageHandle> run() {
    start();
    return wait_for([](GstMessage* message) {
      return GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS || GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
    });
  }
  /// Waits until so many frames came to the sink.
  bool wait_for_frames(size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::nanoseconds(kLongest), [&] { return frames_.size() >= count; });
  }
  std::vector<SeenFrame> frames() const {
    std::lock_guard lock(mutex_);
    return frames_;
  }

  ElementHandle element(const char* name) { return ElementHandle(gst_bin_get_by_name(GST_BIN(pipeline_.get()), name)); }
  GstElement* get() { return pipeline_.get(); }

 private:
  static GstPadProbeReturn on_frame(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer data) {
    auto* self = static_cast<Pipeline*>(data);
    GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    SeenFrame frame{GST_BUFFER_PTS(buffer), GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT), false, {}};
    if (const ReportMeta* meta = find_report(buffer)) {
      frame.has_report = true;
      frame.report = *meta->report;
    }
    std::lock_guard lock(self->mutex_);
    self->frames_.push_back(std::move(frame));
    self->changed_.notify_all();
    return GST_PAD_PROBE_OK;
  }

  ElementHandle pipeline_;
  BusHandle bus_;
  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  std::vector<SeenFrame> frames_;
};

}  // namespace gerund::gst
