#include <fmt/format.h>

#include <cstdlib>

#include "deploy/frame_feed.h"
#include "deploy/frame_output.h"
#include "deploy/gst_handles.h"

namespace gerund::deploy {
namespace {

class WindowOutput : public FrameOutput {
 public:
  explicit WindowOutput(const PictureFormat& format) {
    GError* error = nullptr;
    pipeline_.reset(gst_parse_launch("appsrc name=feed ! videoconvert ! autovideosink sync=false", &error));
    if (error != nullptr) {
      const std::string reason = error->message;
      g_error_free(error);
      throw OutputError("the window cannot be opened: " + reason);
    }
    feed_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "feed"));
    set_up_feed(GST_APP_SRC(feed_.get()), format);
    if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
      throw OutputError("the window cannot be opened; --out FILE.mp4 or --no-display goes without one");
  }

  void push(const tensor::Frame& frame) override { feed(GST_APP_SRC(feed_.get()), frame); }
  void finish() override {}

  bool is_wanted() override {
    const std::unique_ptr<GstBus, Release<gst_object_unref>> bus(gst_element_get_bus(pipeline_.get()));
    const MessageHandle error(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
    return !error;  // A window that is closed is an error to its sink.
  }

 private:
  PipelineHandle pipeline_;
  ElementHandle feed_;
};

}  // namespace

bool has_display() {
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
}

std::unique_ptr<FrameOutput> open_window_output(const PictureFormat& format) {
  return std::make_unique<WindowOutput>(format);
}

}  // namespace gerund::deploy
