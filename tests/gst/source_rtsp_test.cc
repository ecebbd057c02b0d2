// gerundsrcbin on a camera of this machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <future>
#include <memory>
#include <thread>

#include "gst/pipeline.h"
#include "gst/rtsp_server.h"

namespace gerund::gst {
namespace {

std::string source(const std::string& url, const std::string& more = "") {
  return "gerundsrcbin name=source uri=" + url + " reconnect-interval=0.05 " + more + " ! fakesink name=sink ";
}

bool is_state(GstMessage* message, const char* state) {
  return field_of(message, "gerund-source-state", "state") == state;
}

bool comes(Pipeline& pipeline, const char* state) {
  const auto messages = pipeline.wait_for([&](GstMessage* message) { return is_state(message, state); });
  return !messages.empty() && is_state(messages.back().get(), state);
}

/// Ends the test program where the pipeline does not stop.
void stop(Pipeline& pipeline) {
  auto stopping = std::async(std::launch::async, [&] { pipeline.stop(); });
  const bool is_stopped = stopping.wait_for(std::chrono::seconds(60)) == std::future_status::ready;
  EXPECT_TRUE(is_stopped);
  if (!is_stopped) std::abort();  // The thread waits for ever.
}

// The decoder starts in a thread of its own: before the pipeline plays, while it begins to, or after.
TEST(RtspSource, PlaysHoweverTheStartsMeet) {
  const RtspServer server;
  for (int i = 0; i < 12; ++i) {
    Pipeline pipeline(source(server.url()));
    if (i % 3 > 0) gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
    for (int yields = 0; i % 3 > 1 && yields < 1000 * i; ++yields) std::this_thread::yield();
    pipeline.start();
    EXPECT_TRUE(pipeline.wait_for_frames(5)) << i;
    stop(pipeline);
  }
}

TEST(RtspSource, ComesBackEachTimeThatTheCameraDoes) {
  auto server = std::make_unique<RtspServer>();
  const int port = server->port();
  Pipeline pipeline(source(server->url()));
  pipeline.start();
  for (size_t round = 1; round <= 3; ++round) {
    ASSERT_TRUE(pipeline.wait_for_frames(pipeline.frames().size() + 5)) << round;
    server.reset();
    EXPECT_TRUE(comes(pipeline, "reconnecting"));
    server = std::make_unique<RtspServer>(port);
    EXPECT_TRUE(comes(pipeline, "started"));
  }
  EXPECT_TRUE(pipeline.wait_for_frames(pipeline.frames().size() + 5));
  stop(pipeline);
  const auto frames = pipeline.frames();
  EXPECT_TRUE(std::ranges::is_sorted(frames, {}, &SeenFrame::pts));
  EXPECT_EQ(std::ranges::count(frames, true, &SeenFrame::is_discontinuous), 4);
}

GstPadProbeReturn hold_up(GstPad* /*pad*/, GstPadProbeInfo* /*info*/, gpointer /*data*/) {
  return GST_PAD_PROBE_OK;  // Which keeps it blocked.
}

// The break waits for the decoder, the decoder for a frame that is held up, and that for the pipeline's end.
TEST(RtspSource, StopsWhileItBreaksOff) {
  for (int i = 0; i < 4; ++i) {
    const RtspServer server;
    Pipeline pipeline(source(server.url(), "stall-timeout=0.5"));
    pipeline.start();
    ASSERT_TRUE(pipeline.wait_for_frames(3)) << i;
    const ElementHandle sink = pipeline.element("sink");
    const PadHandle pad(gst_element_get_static_pad(sink.get(), "sink"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM, hold_up, nullptr, nullptr);
    EXPECT_TRUE(comes(pipeline, "reconnecting"));
    for (int yields = 0; yields < 100000; ++yields) std::this_thread::yield();
    stop(pipeline);
  }
}

}  // namespace
}  // namespace gerund::gst
