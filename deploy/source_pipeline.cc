#include "deploy/source_pipeline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "gst/report_meta.h"
#include "gst/source_rules.h"
#include "serve/stream_windows.h"

namespace gerund::deploy {
namespace {

GstElement* make(const char* factory, const char* name) {
  GstElement* element = gst_element_factory_make(factory, name);
  if (element == nullptr)
    throw base::UserError(
        fmt::format("GStreamer has no element {}; install the packages that packages.txt lists", factory));
  return element;
}

std::string areas_text(const std::vector<RegionConfig>& regions) {
  std::string text;
  for (const RegionConfig& region : regions)
    text += fmt::format("{}:{},{},{},{};", region.id, region.x, region.y, region.width, region.height);
  return text;
}

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ";"));
}

void set_text(GstElement* element, const char* name, const std::string& value) {
  gst_util_set_object_arg(G_OBJECT(element), name, value.c_str());
}

void set_window(GstElement* infer, const AppConfig& config) {
  const WindowConfig& window = config.window;
  g_object_set(infer, "stride", window.stride, "subsample", window.subsample, "sample-fps", window.sample_fps,
               "hop-duration", window.hop_seconds, "max-gap", config.exact ? 1e9 : window.max_gap_seconds, "interval",
               window.interval, nullptr);
  set_text(infer, "end-policy", window.at_end);
}

void set_infer(GstElement* infer, const AppConfig& config, const SourceConfig& source, size_t index,
               const RunMode& mode) {
  g_object_set(infer, "model", config.model.c_str(), "context", mode.context.c_str(), "engine",
               config.engine.name.c_str(), "stream-id", source.name.c_str(), "source-id", static_cast<gint64>(index),
               nullptr);
  const size_t most_regions = std::max(serve::KeyLimits{}.max_regions, source.regions.size());
  g_object_set(infer, "max-regions", static_cast<gint64>(most_regions), nullptr);
  set_window(infer, config);
  set_text(infer, "mode", mode.is_paced ? "async" : "sync");
  set_text(infer, "overload-policy", config.engine.overload);
}

void set_events(GstElement* events, const AppConfig& config) {
  const EventConfig& options = config.events;
  g_object_set(events, "threshold", options.threshold, "exit-threshold", options.exit_threshold, "alpha", options.alpha,
               "smoothing-windows", options.smoothing_windows, "min-duration", options.min_seconds, "hold-time",
               options.hold_seconds, "ignore", joined(options.ignore).c_str(), nullptr);
  set_text(events, "smoothing", options.smoothing);
}

/// The name that the config gives it, else what its address says.
std::string caption_of(const SourceConfig& source, size_t index) {
  return source.name == std::to_string(index) ? gst::short_name(source.uri) : source.name;
}

void set_overlay(GstElement* overlay, const AppConfig& config, const SourceConfig& source, size_t index,
                 const RunMode& mode) {
  g_object_set(overlay, "outlines", config.output.draw_regions ? TRUE : FALSE, "fps",
               mode.is_paced && config.output.fps_line ? TRUE : FALSE, nullptr);
  if (config.exact) {
    // The reference looks for the best score above the threshold, from 0 on.
    g_object_set(overlay, "prefix", mode.is_2d ? "2D: AR - : " : "3D: AR - : ", "score", FALSE, "bars", gint64{0},
                 "threshold", std::max(0.0, config.events.threshold), nullptr);
    set_text(overlay, "show", "windows");
  } else {
    g_object_set(overlay, "caption", caption_of(source, index).c_str(), nullptr);
  }
}

/// In a thread of its own: where a source gives no frames, nobody else ends it.
void send_end(GstElement* queue, gpointer /*data*/) {
  const PadHandle pad(gst_element_get_static_pad(queue, "sink"));
  gst_pad_send_event(pad.get(), gst_event_new_eos());
}

tensor::Frame to_frame(GstSample* sample) {
  GstVideoInfo info;
  GstVideoFrame mapped;
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  if (gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) == FALSE ||
      gst_video_frame_map(&mapped, &info, buffer, GST_MAP_READ) == FALSE)
    throw base::InternalError("a picture from a source pipeline cannot be read");
  tensor::Frame frame(GST_VIDEO_FRAME_WIDTH(&mapped), GST_VIDEO_FRAME_HEIGHT(&mapped));
  const auto* pixels = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&mapped, 0));
  for (int y = 0; y < frame.height; ++y)
    std::memcpy(frame.row(y), pixels + static_cast<ptrdiff_t>(y) * GST_VIDEO_FRAME_PLANE_STRIDE(&mapped, 0),
                static_cast<size_t>(frame.width) * 3);
  gst_video_frame_unmap(&mapped);
  if (GST_BUFFER_PTS_IS_VALID(buffer)) frame.pts_seconds = static_cast<double>(GST_BUFFER_PTS(buffer)) / GST_SECOND;
  return frame;
}

}  // namespace

SourcePipeline::SourcePipeline(const AppConfig& config, size_t index, const RunMode& mode, const TileGrid& grid,
                               EventLog& events)
    : source_(config.sources.at(index)), index_(index), grid_(grid), events_(events) {
  build(config, mode);
}

// While it runs its threads use the other members.
SourcePipeline::~SourcePipeline() {
  pipeline_.reset();
}

/// source ! queue ! [convert ! roi ! infer ! events] ! [scale ! size ! overlay] ! sink
void SourcePipeline::build(const AppConfig& config, const RunMode& mode) {
  pipeline_.reset(gst_pipeline_new(nullptr));
  std::vector<GstElement*> chain{make("gerundsrcbin", "source"), make("queue", "queue")};
  g_object_set(chain[0], "uri", source_.uri.c_str(), "loop", source_.loop ? TRUE : FALSE, nullptr);
  if (config.exact) g_object_set(chain[0], "reconnect-attempts", gint64{0}, nullptr);  // One bad source ends all.
  g_object_set(chain[1], "max-size-buffers", 4U, "max-size-bytes", 0U, "max-size-time", guint64{0}, nullptr);
  queue_.reset(GST_ELEMENT(gst_object_ref(chain[1])));
  GstElement* reporter = chain[1];
  if (source_.is_watched) {
    chain.push_back(make("gerundbin", "watch"));
    const auto child = [&](const char* name) {
      return ElementHandle(gst_bin_get_by_name(GST_BIN(chain.back()), name));
    };
    set_text(child("roi").get(), "rois", areas_text(source_.regions));
    infer_ = child("infer");
    set_infer(infer_.get(), config, source_, index_, mode);
    set_events(child("events").get(), config);
    reporter = chain.back();
  }
  if (mode.has_picture) {
    chain.push_back(make("videoconvertscale", "scale"));
    chain.push_back(make("capsfilter", "tile"));
    tile_.reset(GST_ELEMENT(gst_object_ref(chain.back())));
    chain.push_back(make("gerundoverlay", "overlay"));
    set_overlay(chain.back(), config, source_, index_, mode);
    chain.push_back(make("appsink", "sink"));
    g_object_set(chain.back(), "max-buffers", 3U, "drop", mode.is_paced ? TRUE : FALSE, nullptr);
    sink_.reset(GST_ELEMENT(gst_object_ref(chain.back())));
  } else {
    chain.push_back(make("fakesink", "sink"));
  }
  const bool is_file = gst::kind_of(source_.uri) == gst::SourceKind::file;
  const bool is_paced_by_clock = mode.is_paced && is_file && config.output.real_time;
  g_object_set(chain.back(), "sync", is_paced_by_clock ? TRUE : FALSE, nullptr);
  for (GstElement* element : chain) gst_bin_add(GST_BIN(pipeline_.get()), element);
  for (size_t i = 1; i < chain.size(); ++i)
    if (gst_element_link(chain[i - 1], chain[i]) == FALSE)
      throw base::InternalError(
          fmt::format("{} does not link to {}", GST_ELEMENT_NAME(chain[i - 1]), GST_ELEMENT_NAME(chain[i])));
  const PadHandle decoded(gst_element_get_static_pad(queue_.get(), "sink"));
  gst_pad_add_probe(decoded.get(), GST_PAD_PROBE_TYPE_BUFFER, on_decoded, this, nullptr);
  const PadHandle pad(gst_element_get_static_pad(reporter, "src"));
  constexpr auto kAll = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
  gst_pad_add_probe(pad.get(), kAll, on_report, this, nullptr);
}

/// In a streaming thread. From the moment that an end is wanted frames are left out: send_end would wait for ever for a
/// thread that always has the next one.
GstPadProbeReturn SourcePipeline::on_decoded(GstPad* /*pad*/, GstPadProbeInfo* /*info*/, gpointer data) {
  return static_cast<SourcePipeline*>(data)->is_finishing_ ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

/// In a streaming thread.
GstPadProbeReturn SourcePipeline::on_report(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer data) {
  auto* self = static_cast<SourcePipeline*>(data);
  if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    if (const gst::ReportMeta* meta = gst::find_report(GST_PAD_PROBE_INFO_BUFFER(info))) {
      self->events_.take(*meta->report, true);
    } else {
      serve::FrameReport unwatched;
      unwatched.source_id = static_cast<int64_t>(self->index_);
      if (const GstClockTime pts = GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)); GST_CLOCK_TIME_IS_VALID(pts))
        unwatched.pts_seconds = static_cast<double>(pts) / GST_SECOND;
      self->events_.take(unwatched, true);
    }
    return GST_PAD_PROBE_OK;
  }
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (const serve::FrameReport* report = gst::report_of(event)) self->events_.take(*report, false);
  if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS && self->tile_) {
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    self->fit_tile(caps);
  }
  return GST_PAD_PROBE_OK;
}

/// Before the frames are scaled: to the size that they have in the tiled picture.
void SourcePipeline::fit_tile(GstCaps* caps) {
  GstVideoInfo info;
  if (gst_video_info_from_caps(&info, caps) == FALSE) return;
  const double aspect = static_cast<double>(GST_VIDEO_INFO_PAR_N(&info)) / std::max(1, GST_VIDEO_INFO_PAR_D(&info));
  const auto [width, height] = grid_.fit(GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info), aspect);
  const CapsHandle wanted(gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "RGB", "width", G_TYPE_INT, width,
                                              "height", G_TYPE_INT, height, "pixel-aspect-ratio", GST_TYPE_FRACTION, 1,
                                              1, nullptr));
  g_object_set(tile_.get(), "caps", wanted.get(), nullptr);
}

void SourcePipeline::start() {
  if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    poll();
    if (!is_over()) fail("it cannot be started");
  }
}

void SourcePipeline::fail(const std::string& reason) {
  if (is_over() || is_finishing_) return;  // A decoder that is cut off complains; what it gave is on its way.
  state_ = State::failed;
  events_.source(index_, source_, serve::SourceState::failed, reason);
}

void SourcePipeline::handle_source_state(const GstStructure* structure) {
  const std::string state = gst_structure_get_string(structure, "state");
  const std::string reason = gst_structure_get_string(structure, "reason");
  if (is_over()) return;  // Frames behind one that was refused change nothing.
  if (state == "started") {
    state_ = State::running;
    has_worked_ = true;
    events_.source(index_, source_, serve::SourceState::started, "");
  } else if (state == "reconnecting") {
    state_ = State::reconnecting;
    events_.source(index_, source_, serve::SourceState::reconnecting, reason);
  } else if (state == "failed") {
    fail(reason);
  }
}

// What others warn of, a decoder of damaged data for one, is not for who runs the application.
void SourcePipeline::handle_warning(GstMessage* message) {
  if (!std::string_view(G_OBJECT_TYPE_NAME(GST_MESSAGE_SRC(message))).starts_with("Gerund")) return;
  GError* error = nullptr;
  gst_message_parse_warning(message, &error, nullptr);
  const std::string text = error->message;
  g_error_free(error);
  if (warned_.insert(text).second)
    base::log_warning(fmt::format("{} ({}): {}", source_.name, gst::public_uri(source_.uri), text));
}

void SourcePipeline::handle(GstMessage* message) {
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ELEMENT: {
      const GstStructure* structure = gst_message_get_structure(message);
      if (gst_structure_has_name(structure, "gerund-source-state") == TRUE) handle_source_state(structure);
      return;
    }
    case GST_MESSAGE_EOS:
      if (!is_over()) {
        state_ = State::ended;
        events_.source(index_, source_, serve::SourceState::ended, "");
      }
      return;
    case GST_MESSAGE_WARNING:
      handle_warning(message);
      return;
    case GST_MESSAGE_ERROR: {
      GError* error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      const std::string text = error->message;
      g_error_free(error);
      is_model_failure_ = std::strstr(GST_OBJECT_NAME(GST_MESSAGE_SRC(message)), "infer") != nullptr;
      fail(text);
      return;
    }
    default:
      return;
  }
}

void SourcePipeline::poll() {
  const std::unique_ptr<GstBus, Release<gst_object_unref>> bus(gst_element_get_bus(pipeline_.get()));
  constexpr auto kTypes =
      static_cast<GstMessageType>(GST_MESSAGE_ELEMENT | GST_MESSAGE_EOS | GST_MESSAGE_WARNING | GST_MESSAGE_ERROR);
  while (const MessageHandle message{gst_bus_pop_filtered(bus.get(), kTypes)}) handle(message.get());
  if (state_ == State::failed) stop();
}

void SourcePipeline::finish() {
  if (is_over()) return;
  is_finishing_ = true;
  if (state_ == State::starting || state_ == State::reconnecting) return give_up();
  gst_element_call_async(queue_.get(), send_end, nullptr, nullptr);
}

void SourcePipeline::give_up() {
  if (is_over()) return;
  state_ = State::ended;
  stop();
  events_.source(index_, source_, serve::SourceState::ended, "");
}

void SourcePipeline::stop() {
  num_lost();
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

int64_t SourcePipeline::num_lost() {
  gint64 count = 0;
  if (infer_) g_object_get(infer_.get(), "num-lost", &count, nullptr);
  num_lost_ = std::max<int64_t>(num_lost_, count);
  return num_lost_;
}

std::optional<tensor::Frame> SourcePipeline::pull(double wait_seconds) {
  if (!sink_ || state_ == State::failed) return std::nullopt;
  const auto wait = static_cast<GstClockTime>(wait_seconds * GST_SECOND);
  const SampleHandle sample(gst_app_sink_try_pull_sample(GST_APP_SINK(sink_.get()), wait));
  return sample ? std::optional(to_frame(sample.get())) : std::nullopt;
}

std::optional<double> SourcePipeline::nominal_fps() const {
  const PadHandle pad(gst_element_get_static_pad(queue_.get(), "src"));
  const CapsHandle caps(gst_pad_get_current_caps(pad.get()));
  GstVideoInfo info;
  if (!caps) return std::nullopt;
  if (gst_video_info_from_caps(&info, caps.get()) == FALSE || GST_VIDEO_INFO_FPS_N(&info) <= 0) return 0;
  return static_cast<double>(GST_VIDEO_INFO_FPS_N(&info)) / GST_VIDEO_INFO_FPS_D(&info);
}

}  // namespace gerund::deploy
