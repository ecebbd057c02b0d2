// tests/gst/chain.h - elements in a GstHarness: buffers go in at one end and come out at the other, in the test's
// thread.
#pragma once

#include <gst/check/gstharness.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gst/frames.h"
#include "gst/handles.h"
#include "gst/messages.h"
#include "gst/report_meta.h"

namespace gerund::gst {

/// Elements as gst-launch-1.0 writes them, in PLAYING; they must be able to start.
class Chain {
 public:
  explicit Chain(const std::string& elements, const std::string& caps = rgb_caps(16, 12)) : bus_(gst_bus_new()) {
    GError* error = nullptr;
    GstElement* bin = gst_parse_bin_from_description(elements.c_str(), TRUE, &error);
    if (error != nullptr) throw std::runtime_error(elements + ": " + error->message);
    bin_.reset(GST_ELEMENT(gst_object_ref_sink(bin)));
    gst_element_set_bus(bin, bus_.get());
    harness_ = gst_harness_new_with_element(bin, "sink", "src");
    gst_harness_set_src_caps_str(harness_, caps.c_str());
  }
  ~Chain() { stop(); }
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  /// Stops the elements; what they write at their end is written.
  void stop() {
    if (harness_ == nullptr) return;
    gst_harness_teardown(harness_);
    harness_ = nullptr;
    gst_element_set_state(bin_.get(), GST_STATE_NULL);
    gst_element_set_bus(bin_.get(), nullptr);
  }

  void set_caps(const std::string& caps) { gst_harness_set_src_caps_str(harness_, caps.c_str()); }
  GstFlowReturn push(BufferHandle buffer) { return gst_harness_push(harness_, buffer.release()); }
  bool send(GstEvent* event) { return gst_harness_push_event(harness_, event) == TRUE; }
  bool end() { return send(gst_event_new_eos()); }

  /// The next buffer that came out, null where there is none.
  BufferHandle try_pull() { return BufferHandle(gst_harness_try_pull(harness_)); }
  /// Pushes a frame and takes the one that comes out with it.
  BufferHandle pass(BufferHandle buffer) {
    EXPECT_EQ(push(std::move(buffer)), GST_FLOW_OK);
    BufferHandle out = try_pull();
    EXPECT_NE(out, nullptr);
    return out;
  }
  /// The same; the report on it. Without one the test fails.
  serve::FrameReport report_on(BufferHandle buffer) {
    const BufferHandle out = pass(std::move(buffer));
    const ReportMeta* meta = out ? find_report(out.get()) : nullptr;
    EXPECT_NE(meta, nullptr);
    return meta != nullptr ? *meta->report : serve::FrameReport{};
  }
  /// The reports of all report events that came out and were not looked at yet.
  std::vector<serve::FrameReport> event_reports() {
    std::vector<serve::FrameReport> reports;
    while (EventHandle event{gst_harness_try_pull_event(harness_)})
      if (const serve::FrameReport* report = report_of(event.get())) reports.push_back(*report);
    return reports;
  }
  std::vector<MessageHandle> messages() {
    std::vector<MessageHandle> all;
    while (GstMessage* message = gst_bus_pop(bus_.get())) all.emplace_back(message);
    return all;
  }

  GstHarness* harness() { return harness_; }
  /// The element of that name, as "infer" in "gerundinfer name=infer".
  ElementHandle element(const char* name) { return ElementHandle(gst_bin_get_by_name(GST_BIN(bin_.get()), name)); }

 private:
  BusHandle bus_;
  ElementHandle bin_;
  GstHarness* harness_ = nullptr;
};

}  // namespace gerund::gst
