// bench/streams/load.cc - many streams in real time through one null engine: what is lost, what is late, what it costs.
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "streams/clocks.h"
#include "streams/drawn_frames.h"
#include "streams/modes.h"

namespace gerund::bench {
namespace {

/// How late frames left the chain, of all streams.
struct Lateness {
  std::mutex mutex;        // Guards the rest.
  std::vector<double> ms;  // By frame, in the order in which they left.
};

struct Stream {
  Lateness* all;
  GstElement* pipeline;
  double offset_seconds;  // Of its clock from the pipeline's.
};

/// When a buffer is due by the pipeline's clock.
GstClockTime running_time(GstPad* pad, GstBuffer* buffer) {
  GstEvent* event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  if (event == nullptr) return GST_CLOCK_TIME_NONE;
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event, &segment);
  const GstClockTime due = gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  gst_event_unref(event);
  return due;
}

GstPadProbeReturn note_lateness(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  const Stream& stream = *static_cast<Stream*>(data);
  const GstClockTime now = gst_element_get_current_running_time(stream.pipeline);
  const GstClockTime due = running_time(pad, GST_PAD_PROBE_INFO_BUFFER(info));
  if (!GST_CLOCK_TIME_IS_VALID(now) || !GST_CLOCK_TIME_IS_VALID(due)) return GST_PAD_PROBE_OK;
  const double late = (static_cast<double>(now) - static_cast<double>(due)) / 1e9 - stream.offset_seconds;
  std::lock_guard lock(stream.all->mutex);
  stream.all->ms.push_back(late * 1e3);
  return GST_PAD_PROBE_OK;
}

/// One stream as gst-launch-1.0 writes it: a file, on the clock, through gerund. Streams begin spread over a frame, as
/// cameras do.
std::string describe_stream(const Options& options, int number, double offset_seconds) {
  const std::string source = options.text("source");
  const std::string decoder =
      source == "raw"
          ? fmt::format("rawvideoparse format=i420 width={} height={} framerate={}/1", options.number("width", 320),
                        options.number("height", 240), options.number("fps", 30))
      : source == "mpeg4" ? "avidemux ! avdec_mpeg4 max-threads=1"
                          : "qtdemux ! h264parse ! avdec_h264 max-threads=1";
  const std::string gerund =
      options.text("chain", "gerund") == "none"
          ? "identity"
          : fmt::format(
                "gerundroi ! gerundinfer name=infer{} context=all model={} engine=null threads=1 stride={} "
                "subsample=0 mode=async overload-policy=newest batch-size={} source-id={} ! gerundevents",
                number, options.text("model"), options.number("stride", 8), options.number("batch", 1), number);
  return fmt::format(
      "filesrc location={} blocksize=115200 ! {} ! clocksync ts-offset={} ! {} ! "
      "fakesink name=out{} sync=false async=false ",
      options.text("file"), decoder, static_cast<int64_t>(offset_seconds * 1e9), gerund, number);
}

int64_t count(GstElement* pipeline, int stream, const char* property) {
  const deploy::ElementHandle found(gst_bin_get_by_name(GST_BIN(pipeline), fmt::format("infer{}", stream).c_str()));
  gint64 value = 0;
  if (found) g_object_get(found.get(), property, &value, nullptr);
  return value;
}

deploy::PipelineHandle make_pipeline(const Options& options, std::vector<Stream>& streams) {
  std::string text;
  for (size_t i = 0; i < streams.size(); ++i)
    text += describe_stream(options, static_cast<int>(i), streams[i].offset_seconds);
  GError* error = nullptr;
  deploy::PipelineHandle pipeline(gst_parse_launch(text.c_str(), &error));
  if (error != nullptr) throw base::UserError(error->message);
  for (size_t i = 0; i < streams.size(); ++i) {
    streams[i].pipeline = pipeline.get();
    const deploy::ElementHandle out(gst_bin_get_by_name(GST_BIN(pipeline.get()), fmt::format("out{}", i).c_str()));
    const deploy::PadHandle pad(gst_element_get_static_pad(out.get(), "sink"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, note_lateness, &streams[i], nullptr);
  }
  return pipeline;
}

/// Writes the raw frames that source=raw reads, where the file is not there yet.
void write_raw(const Options& options) {
  const std::string path = options.text("file");
  if (std::ifstream(path).good()) return;
  const int fps = options.number("fps", 30);
  const std::string bytes = DrawnFrames(options.number("width", 320), options.number("height", 240), fps).bytes();
  std::ofstream file(path, std::ios::binary);
  for (int i = 0; i < fps * options.number("seconds", 10) / 12; ++i) file << bytes;
}

}  // namespace

nlohmann::json measure_load(const Options& options) {
  if (options.text("source") == "raw") write_raw(options);
  Lateness lateness;
  const int num_streams = options.number("streams", 64);
  const int fps = options.number("fps", 30);
  std::vector<Stream> streams;
  for (int i = 0; i < num_streams; ++i) streams.push_back({&lateness, nullptr, 1.0 * i / num_streams / fps});
  const deploy::PipelineHandle pipeline = make_pipeline(options, streams);
  gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // Files are open and the first frames wait.
  throw_errors(pipeline.get());
  const double begun_cpu = cpu_seconds();
  const double begun_wall = wall_seconds();
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  wait_for_end(pipeline.get());
  const double cpu = cpu_seconds() - begun_cpu;
  const double wall = wall_seconds() - begun_wall;
  int64_t windows = 0, lost = 0;
  for (int i = 0; i < num_streams; ++i) {
    windows += count(pipeline.get(), i, "num-windows");
    lost += count(pipeline.get(), i, "num-lost");
  }
  std::lock_guard lock(lateness.mutex);
  const auto frames = static_cast<double>(lateness.ms.size());
  const auto num_late = std::ranges::count_if(lateness.ms, [&](double ms) { return ms > 1e3 / fps; });
  return {{"streams", num_streams},
          {"frames", lateness.ms.size()},
          {"windows", windows},
          {"lost", lost},
          {"late_frames", num_late},
          {"late_ms_p50", percentile(lateness.ms, 0.5)},
          {"late_ms_p99", percentile(lateness.ms, 0.99)},
          {"late_ms_most", percentile(lateness.ms, 1)},
          {"wall_seconds", wall},
          {"cpu_cores", cpu / wall},
          {"cpu_ms_per_frame", cpu * 1e3 / frames}};
}

}  // namespace gerund::bench
