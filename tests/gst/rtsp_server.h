// tests/gst/rtsp_server.h - a camera on this machine: an RTSP server that comes and goes.
#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <stdexcept>
#include <string>
#include <thread>

namespace gerund::gst {

/// Serves a moving picture of 64 x 48 pixels, 25 a second, from the moment that a client comes.
///
/// Threads: the test's.
/// Owns:    a server and its thread.
class RtspServer {
 public:
  /// `port` 0: one that is free.
  explicit RtspServer(int port = 0) : context_(g_main_context_new()), loop_(g_main_loop_new(context_, FALSE)) {
    server_ = gst_rtsp_server_new();
    gst_rtsp_server_set_address(server_, "127.0.0.1");
    gst_rtsp_server_set_service(server_, std::to_string(port).c_str());
    // Clients are heard in the server's thread, so that nobody reads from them when it is gone.
    GstRTSPThreadPool* threads = gst_rtsp_server_get_thread_pool(server_);
    gst_rtsp_thread_pool_set_max_threads(threads, 0);
    g_object_unref(threads);
    GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(
        factory,
        "( videotestsrc is-live=true ! video/x-raw,format=I420,width=64,height=48,framerate=25/1 ! "
        "jpegenc ! rtpjpegpay name=pay0 )");
    GstRTSPMountPoints* mounts = gst_rtsp_server_get_mount_points(server_);
    gst_rtsp_mount_points_add_factory(mounts, "/live", factory);
    g_object_unref(mounts);
    if (gst_rtsp_server_attach(server_, context_) == 0) throw std::runtime_error("no RTSP server");
    port_ = gst_rtsp_server_get_bound_port(server_);
    thread_ = std::thread([this] { g_main_loop_run(loop_); });
  }
  /// Its clients lose their connections.
  ~RtspServer() {
    g_main_loop_quit(loop_);
    thread_.join();
    GList* clients = gst_rtsp_server_client_filter(
        server_, [](GstRTSPServer*, GstRTSPClient*, gpointer) { return GST_RTSP_FILTER_REMOVE; }, nullptr);
    g_list_free(clients);
    g_object_unref(server_);
    g_main_loop_unref(loop_);
    g_main_context_unref(context_);
  }
  RtspServer(const RtspServer&) = delete;
  RtspServer& operator=(const RtspServer&) = delete;

  int port() const { return port_; }
  std::string url() const { return "rtsp://127.0.0.1:" + std::to_string(port_) + "/live"; }

 private:
  GMainContext* context_;
  GMainLoop* loop_;
  GstRTSPServer* server_ = nullptr;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace gerund::gst
