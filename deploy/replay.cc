#include "deploy/replay.h"

#include <fmt/format.h>
#include <gst/app/gstappsink.h>

#include <optional>

#include "base/error.h"
#include "deploy/gst_handles.h"
#include "gst/frame_pixels.h"
#include "gst/infer_stream.h"
#include "gst/source_rules.h"

namespace gerund::deploy {
namespace {

constexpr double kFrameSeconds = 0.04;  // Any: windows count frames here.

/// gerundsrcbin ! videoconvert ! appsink
class Decoder {
 public:
  explicit Decoder(const std::filesystem::path& video) : name_(video.string()) {
    GError* error = nullptr;
    const std::string line = fmt::format(
        "gerundsrcbin name=source ! videoconvert ! video/x-raw,format=(string){} ! appsink name=sink "
        "sync=false max-buffers=4",
        GERUND_PIXEL_FORMATS);
    pipeline_.reset(gst_parse_launch(line.c_str(), &error));
    if (error != nullptr) {
      const std::string reason = error->message;
      g_error_free(error);
      throw base::UserError(fmt::format("GStreamer: {}; install the packages that packages.txt lists", reason));
    }
    const ElementHandle source(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "source"));
    g_object_set(source.get(), "uri", gst::to_uri(name_).c_str(), nullptr);
    sink_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "sink"));
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  }

  /// The next frame in the order of presentation. Throws UserError where there is none.
  SampleHandle next() {
    while (true) {
      SampleHandle sample(gst_app_sink_try_pull_sample(GST_APP_SINK(sink_.get()), GST_SECOND / 10));
      if (sample) return sample;
      const std::unique_ptr<GstBus, Release<gst_object_unref>> bus(gst_element_get_bus(pipeline_.get()));
      const MessageHandle error(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
      if (error || gst_app_sink_is_eos(GST_APP_SINK(sink_.get())) == TRUE)
        throw base::UserError(fmt::format("{}: GStreamer decodes fewer frames than are wanted", name_));
    }
  }

 private:
  std::string name_;
  PipelineHandle pipeline_;
  ElementHandle sink_;
};

/// Windows that hold just the frames of the clip: those of the clip, or its steps one after the other.
gst::InferOptions clip_windows(const serve::LoadedModel& model) {
  gst::InferOptions options;
  options.window.stride = static_cast<int>(serve::frames_per_window(model));
  options.window.subsample = 0;
  options.regions = gst::RegionSource::frame;
  return options;
}

}  // namespace

std::vector<float> replay(const std::shared_ptr<gst::ModelContext>& context, const std::filesystem::path& video,
                          const clip::FrameIndices& frames) {
  Decoder decoder(video);
  gst::InferStream stream(context, clip_windows(context->batcher->classifier().model()));
  std::vector<float> logits;
  SampleHandle sample;
  int64_t num_decoded = 0;
  for (size_t i = 0; i < frames.size(); ++i) {
    for (; num_decoded <= frames[i]; ++num_decoded) sample = decoder.next();
    GstVideoInfo info;
    if (gst::read_video_info(gst_sample_get_caps(sample.get()), &info) == FALSE)
      throw base::InternalError("a decoded frame has no video caps");
    const serve::FrameReport report =
        stream.push(gst_sample_get_buffer(sample.get()), info, static_cast<double>(i) * kFrameSeconds, false);
    if (!report.windows.empty()) logits = report.windows.back().logits;
  }
  if (logits.empty()) throw base::InternalError(fmt::format("{}: the runtime gave no answer", video.string()));
  return logits;
}

}  // namespace gerund::deploy
