#include <fmt/format.h>
#include <gst/rtsp-server/rtsp-server.h>

#include <mutex>
#include <regex>
#include <thread>

#include "base/log.h"
#include "deploy/frame_feed.h"
#include "deploy/frame_output.h"
#include "deploy/gst_handles.h"

namespace gerund::deploy {
namespace {

struct Address {
  std::string host, port, path;
};

Address parse_address(const std::string& target) {
  static const std::regex form("rtsp://([^:/]*)(?::([0-9]{1,5}))?(/.*)?");
  std::smatch parts;
  if (!std::regex_match(target, parts, form))
    throw OutputError(fmt::format("--out {}: wanted rtsp://HOST:PORT/PATH, e.g. rtsp://:8554/live", target));
  Address address{parts[1], parts[2], parts[3]};
  if (address.host.empty()) address.host = "0.0.0.0";
  if (address.port.empty()) address.port = "8554";
  if (const int port = std::stoi(address.port); port < 1 || port > 65535)
    throw OutputError(fmt::format("--out {}: port {} is out of range; allowed: 1..65535", target, port));
  if (address.path.size() < 2) address.path = "/live";
  return address;
}

/// Threads: push() from one; the server runs in a thread of its own.
class RtspOutput : public FrameOutput {
 public:
  RtspOutput(const std::string& target, const PictureFormat& format)
      : format_(format), context_(g_main_context_new()), loop_(g_main_loop_new(context_, FALSE)) {
    const Address address = parse_address(target);
    server_ = gst_rtsp_server_new();
    gst_rtsp_server_set_address(server_, address.host.c_str());
    gst_rtsp_server_set_service(server_, address.port.c_str());
    // Viewers are heard in the server's thread, so that nobody reads from them when it is gone.
    GstRTSPThreadPool* threads = gst_rtsp_server_get_thread_pool(server_);
    gst_rtsp_thread_pool_set_max_threads(threads, 0);
    g_object_unref(threads);
    GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(
        factory,
        "( appsrc name=feed ! videoconvert ! video/x-raw,format=I420 ! x264enc tune=zerolatency "
        "speed-preset=veryfast key-int-max=50 ! rtph264pay name=pay0 pt=96 config-interval=1 )");
    gst_rtsp_media_factory_set_shared(factory, TRUE);
    g_signal_connect(factory, "media-configure", G_CALLBACK(on_media), this);
    GstRTSPMountPoints* mounts = gst_rtsp_server_get_mount_points(server_);
    gst_rtsp_mount_points_add_factory(mounts, address.path.c_str(), factory);
    g_object_unref(mounts);
    if (gst_rtsp_server_attach(server_, context_) == 0) {
      release();
      throw OutputError(
          fmt::format("--out {}: port {} cannot be listened on; is something else there?", target, address.port));
    }
    base::log_info(fmt::format("Serving rtsp://{}:{}{}", address.host == "0.0.0.0" ? "localhost" : address.host,
                               address.port, address.path));
    thread_ = std::thread([this] { g_main_loop_run(loop_); });
  }

  ~RtspOutput() override {
    // In the loop itself: one that does not run yet would begin all the same.
    GSource* end = g_idle_source_new();
    g_source_set_callback(
        end,
        [](gpointer loop) {
          g_main_loop_quit(static_cast<GMainLoop*>(loop));
          return G_SOURCE_REMOVE;
        },
        loop_, nullptr);
    g_source_attach(end, context_);
    g_source_unref(end);
    thread_.join();
    {
      std::lock_guard lock(mutex_);
      feed_.reset();
    }
    GList* viewers = gst_rtsp_server_client_filter(
        server_, [](GstRTSPServer*, GstRTSPClient*, gpointer) { return GST_RTSP_FILTER_REMOVE; }, nullptr);
    g_list_free(viewers);
    release();
  }
  RtspOutput(const RtspOutput&) = delete;
  RtspOutput& operator=(const RtspOutput&) = delete;

  void push(const tensor::Frame& frame) override {
    std::lock_guard lock(mutex_);
    if (feed_ && !feed(GST_APP_SRC(feed_.get()), frame)) feed_.reset();
  }
  void finish() override {
    std::lock_guard lock(mutex_);
    if (feed_) gst_app_src_end_of_stream(GST_APP_SRC(feed_.get()));
  }

 private:
  /// In the server's thread: the first viewer has come.
  static void on_media(GstRTSPMediaFactory* /*factory*/, GstRTSPMedia* media, gpointer data) {
    auto* self = static_cast<RtspOutput*>(data);
    const ElementHandle pipeline(gst_rtsp_media_get_element(media));
    std::lock_guard lock(self->mutex_);
    self->feed_.reset(gst_bin_get_by_name_recurse_up(GST_BIN(pipeline.get()), "feed"));
    set_up_feed(GST_APP_SRC(self->feed_.get()), self->format_);
  }

  void release() {
    g_object_unref(server_);
    g_main_loop_unref(loop_);
    g_main_context_unref(context_);
  }

  PictureFormat format_;
  GMainContext* context_;
  GMainLoop* loop_;
  GstRTSPServer* server_ = nullptr;
  std::mutex mutex_;    // Guards feed_.
  ElementHandle feed_;  // Of the media that viewers share; none while nobody watches.
  std::thread thread_;
};

}  // namespace

std::unique_ptr<FrameOutput> open_rtsp_output(const std::string& target, const PictureFormat& format) {
  return std::make_unique<RtspOutput>(target, format);
}

}  // namespace gerund::deploy
