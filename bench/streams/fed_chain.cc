#include "streams/fed_chain.h"

#include "base/error.h"
#include "gst/report_meta.h"
#include "streams/clocks.h"

#include <algorithm>
#include <cmath>

namespace gerund::bench {
namespace {

GstPadProbeReturn look_at(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer data) {
  const TakeReport& take = *static_cast<TakeReport*>(data);
  if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    if (const gst::ReportMeta* meta = gst::find_report(GST_PAD_PROBE_INFO_BUFFER(info))) take(*meta->report);
  } else if (const serve::FrameReport* report = gst::report_of(GST_PAD_PROBE_INFO_EVENT(info))) {
    take(*report);
  }
  return GST_PAD_PROBE_OK;
}

void forget(gpointer data) {
  const std::unique_ptr<TakeReport> owner(static_cast<TakeReport*>(data));
}

std::string words_of(GstMessage* message) {
  GError* error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  std::string words = error->message;
  g_error_free(error);
  return words;
}

GstElement* make_pipeline(const std::string& elements) {
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch((elements + " ! fakesink name=out sync=false async=false").c_str(), &error);
  if (error == nullptr) return pipeline;
  const std::string words = error->message;
  g_error_free(error);
  throw base::UserError(elements + ": " + words);
}

}  // namespace

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const auto rank = static_cast<int64_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[static_cast<size_t>(std::max<int64_t>(rank, 1) - 1)];
}

void watch_reports(GstPad* pad, TakeReport take) {
  gst_pad_add_probe(pad, static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
                    look_at, std::make_unique<TakeReport>(std::move(take)).release(), forget);
}

void throw_errors(GstElement* pipeline) {
  const std::unique_ptr<GstBus, deploy::Release<gst_object_unref>> bus(gst_element_get_bus(pipeline));
  if (const deploy::MessageHandle message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)})
    throw base::UserError(words_of(message.get()));
}

void wait_for_end(GstElement* pipeline) {
  const std::unique_ptr<GstBus, deploy::Release<gst_object_unref>> bus(gst_element_get_bus(pipeline));
  const deploy::MessageHandle message(gst_bus_timed_pop_filtered(
      bus.get(), GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS)));
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) throw base::UserError(words_of(message.get()));
}

FedChain::FedChain(const std::string& elements, const std::string& caps, const TakeReport& take)
    : pipeline_(make_pipeline("identity name=in silent=true ! " + elements)), feed_(gst_pad_new("feed", GST_PAD_SRC)) {
  gst_object_ref_sink(feed_.get());
  const deploy::ElementHandle in(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "in"));
  const deploy::ElementHandle out(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "out"));
  const deploy::PadHandle first(gst_element_get_static_pad(in.get(), "sink"));
  const deploy::PadHandle last(gst_element_get_static_pad(out.get(), "sink"));
  if (take) watch_reports(last.get(), take);
  gst_pad_set_active(feed_.get(), TRUE);
  gst_pad_link_full(feed_.get(), first.get(), GST_PAD_LINK_CHECK_NOTHING);
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  check();
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(feed_.get(), gst_event_new_stream_start("bench"));
  const deploy::CapsHandle of_frames(gst_caps_from_string(caps.c_str()));
  gst_pad_push_event(feed_.get(), gst_event_new_caps(of_frames.get()));
  gst_pad_push_event(feed_.get(), gst_event_new_segment(&segment));
  check();
}

FedChain::~FedChain() {
  const deploy::PadHandle first(gst_pad_get_peer(feed_.get()));
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  if (first) gst_pad_unlink(feed_.get(), first.get());
}

void FedChain::check() const {
  throw_errors(pipeline_.get());
}

void FedChain::push(BufferHandle buffer) {
  if (gst_pad_push(feed_.get(), buffer.release()) == GST_FLOW_OK) return;
  check();
  throw base::UserError("a frame did not get through");
}

void FedChain::end() {
  gst_pad_push_event(feed_.get(), gst_event_new_eos());
  check();
}

int64_t FedChain::count(const char* element, const char* property) const {
  const deploy::ElementHandle found(gst_bin_get_by_name(GST_BIN(pipeline_.get()), element));
  gint64 value = 0;
  g_object_get(found.get(), property, &value, nullptr);
  return value;
}

}  // namespace gerund::bench
