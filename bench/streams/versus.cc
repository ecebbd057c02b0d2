// bench/streams/versus.cc - a file through gerund's chain, and through stock elements with ONNX Runtime behind.
#include <fmt/format.h>
#include <gst/app/gstappsink.h>

#include <array>
#include <cmath>
#include <deque>

#include "base/error.h"
#include "clip/assemble.h"
#include "deploy/gst_handles.h"
#include "gst/frame_pixels.h"
#include "gst/model_context.h"
#include "streams/clocks.h"
#include "streams/fed_chain.h"
#include "streams/modes.h"
#include "streams/onnx_peer.h"

namespace gerund::bench {
namespace {

constexpr double kMaxDifference = 1e-3;

struct Pass {
  std::vector<std::vector<float>> logits;  // By window.
  double seconds = 0;
  double engine_seconds = 0;     // Inside the network.
  double transport_seconds = 0;  // Of windows to another process and answers back.
  double peer_cpu_seconds = 0;   // Of that process since it began.
};

using Normalised = std::vector<float>;  // [3, H, W]
using MakePlanes = std::function<Normalised(GstSample*)>;

/// The work: which file, and which windows of it.
struct Task {
  std::string file;
  clip::Recipe recipe;
  int stride;
  int num_threads;
  std::string model;
};

deploy::PipelineHandle parse(const std::string& text) {
  GError* error = nullptr;
  deploy::PipelineHandle pipeline(gst_parse_launch(text.c_str(), &error));
  if (error != nullptr) throw base::UserError(text + ": " + error->message);
  return pipeline;
}

Pass run_gerund(const Task& task) {
  Pass pass;
  const deploy::PipelineHandle pipeline =
      parse(fmt::format("filesrc location={} ! decodebin ! gerundroi ! gerundinfer name=infer context=versus model={} "
                        "engine=onednn threads={} stride={} subsample=0 mode=async overload-policy=block "
                        "max-batch-wait=0 ! gerundevents ! fakesink name=out sync=false",
                        task.file, task.model, task.num_threads, task.stride));
  const deploy::ElementHandle out(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  const deploy::PadHandle pad(gst_element_get_static_pad(out.get(), "sink"));
  watch_reports(pad.get(), [&pass](const serve::FrameReport& report) {
    for (const serve::WindowReport& window : report.windows) {
      pass.logits.push_back(window.logits);
      pass.engine_seconds += window.engine_seconds;
    }
  });
  const double begun = wall_seconds();
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  wait_for_end(pipeline.get());
  pass.seconds = wall_seconds() - begun;
  return pass;
}

/// Gathers the frames of an appsink called "out" into windows and asks ONNX Runtime.
Pass run_gathered(const Task& task, const std::string& elements, const MakePlanes& make_planes, OnnxPeer& peer) {
  Pass pass;
  const auto length = static_cast<size_t>(task.recipe.num_frames);
  const auto plane = static_cast<size_t>(task.recipe.width) * static_cast<size_t>(task.recipe.height);
  const deploy::PipelineHandle pipeline = parse(fmt::format(
      "filesrc location={} ! decodebin ! {} ! appsink name=out sync=false max-buffers=8", task.file, elements));
  const deploy::ElementHandle out(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  std::deque<Normalised> frames;
  const double begun = wall_seconds();
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  while (const deploy::SampleHandle sample{gst_app_sink_pull_sample(GST_APP_SINK(out.get()))}) {
    frames.push_back(make_planes(sample.get()));
    if (frames.size() < length) continue;
    for (size_t t = 0; t < length; ++t)
      for (size_t c = 0; c < 3; ++c)
        std::copy_n(frames[t].begin() + static_cast<ptrdiff_t>(c * plane), plane,
                    peer.window().begin() + static_cast<ptrdiff_t>((c * length + t) * plane));
    const OnnxPeer::Answer answer = peer.ask();
    pass.logits.push_back(answer.logits);
    pass.engine_seconds += answer.run_ms / 1e3;
    pass.peer_cpu_seconds = answer.cpu_seconds;
    pass.transport_seconds += (answer.wait_ms - answer.run_ms) / 1e3;
    frames.erase(frames.begin(), frames.begin() + task.stride);
  }
  pass.seconds = wall_seconds() - begun;
  throw_errors(pipeline.get());
  return pass;
}

/// A sample's picture, mapped.
class MappedSample {
 public:
  explicit MappedSample(GstSample* sample) {
    GstVideoInfo info;
    if (gst::read_video_info(gst_sample_get_caps(sample), &info) == FALSE ||
        gst_video_frame_map(&frame_, &info, gst_sample_get_buffer(sample), GST_MAP_READ) == FALSE)
      throw base::UserError("a sample cannot be read");
  }
  ~MappedSample() { gst_video_frame_unmap(&frame_); }
  MappedSample(const MappedSample&) = delete;
  MappedSample& operator=(const MappedSample&) = delete;
  const GstVideoFrame& get() const { return frame_; }

 private:
  GstVideoFrame frame_{};
};

/// What training makes of a picture.
Normalised trained_planes(const Task& task, GstSample* sample) {
  const MappedSample mapped(sample);
  const clip::Rectangle whole{0, 0, GST_VIDEO_FRAME_WIDTH(&mapped.get()), GST_VIDEO_FRAME_HEIGHT(&mapped.get())};
  const tensor::Tensor planes = clip::prepare_planes(task.recipe, gst::rgb_pixels(mapped.get(), whole));
  return {planes.floats().begin(), planes.floats().end()};
}

/// An RGB picture of the input's size, normalised by a table.
class Normaliser {
 public:
  explicit Normaliser(const clip::Recipe& recipe) {
    for (size_t c = 0; c < 3; ++c)
      for (size_t v = 0; v < 256; ++v) {
        const double mean = recipe.mean.empty() ? 0 : recipe.mean.at(c);
        const double std = recipe.std.empty() ? 1 : recipe.std.at(c);
        table_.at(c).at(v) = static_cast<float>((static_cast<double>(v) / 255 - mean) / std);
      }
  }
  Normalised operator()(GstSample* sample) const {
    const MappedSample mapped(sample);
    const GstVideoFrame& frame = mapped.get();
    Normalised planes(static_cast<size_t>(3 * GST_VIDEO_FRAME_WIDTH(&frame) * GST_VIDEO_FRAME_HEIGHT(&frame)));
    float* out = planes.data();
    for (size_t c = 0; c < 3; ++c)
      for (int y = 0; y < GST_VIDEO_FRAME_HEIGHT(&frame); ++y) {
        const auto* row = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0)) +
                          static_cast<ptrdiff_t>(y) * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0) + c;
        for (int x = 0; x < GST_VIDEO_FRAME_WIDTH(&frame); ++x) *out++ = table_[c][row[3 * x]];
      }
    return planes;
  }

 private:
  std::array<std::array<float, 256>, 3> table_{};
};

/// The recipe's resize and crop in stock elements, for files of a known size.
std::string stock_elements(const clip::Recipe& recipe, int width, int height) {
  int scaled_width = recipe.width, scaled_height = recipe.height;
  if (recipe.resize_mode == clip::ResizeMode::center_crop)
    std::tie(scaled_width, scaled_height) = clip::short_edge_size(width, height, recipe.crop_smaller_edge);
  const int left = (scaled_width - recipe.width) / 2, top = (scaled_height - recipe.height) / 2;
  return fmt::format(
      "videoscale add-borders=false ! video/x-raw,width={},height={},pixel-aspect-ratio=1/1 ! videoconvert ! "
      "video/x-raw,format=RGB ! videocrop left={} right={} top={} bottom={}",
      scaled_width, scaled_height, left, scaled_width - recipe.width - left, top, scaled_height - recipe.height - top);
}

double decode_seconds(const Task& task) {
  const deploy::PipelineHandle pipeline =
      parse(fmt::format("filesrc location={} ! decodebin ! fakesink sync=false", task.file));
  const double begun = wall_seconds();
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  wait_for_end(pipeline.get());
  return wall_seconds() - begun;
}

struct Comparison {
  double largest = 0;   // max |a - b|
  double relative = 0;  // The same / max |b|
  double same_label = 0;
};

Comparison compare(const Pass& actual, const Pass& expected) {
  if (actual.logits.size() != expected.logits.size())
    throw base::UserError(fmt::format("{} windows against {}", actual.logits.size(), expected.logits.size()));
  Comparison result;
  double scale = 0;
  for (size_t w = 0; w < actual.logits.size(); ++w) {
    const std::vector<float>&a = actual.logits[w], &b = expected.logits[w];
    for (size_t k = 0; k < b.size(); ++k) {
      const double difference = std::abs(static_cast<double>(a.at(k)) - b[k]);
      result.largest = std::isfinite(difference) ? std::max(result.largest, difference) : INFINITY;
      scale = std::max(scale, std::abs(static_cast<double>(b[k])));
    }
    result.same_label += std::ranges::max_element(a) - a.begin() == std::ranges::max_element(b) - b.begin() ? 1 : 0;
  }
  result.relative = result.largest / scale;
  result.same_label /= static_cast<double>(actual.logits.size());
  return result;
}

nlohmann::json to_json(const Comparison& comparison) {
  return {{"largest_logit_difference", comparison.largest},
          {"relative", comparison.relative},
          {"same_label", comparison.same_label}};
}

nlohmann::json row(const Pass& pass) {
  return {{"seconds", pass.seconds},
          {"engine_seconds", pass.engine_seconds},
          {"transport_seconds", pass.transport_seconds}};
}

}  // namespace

nlohmann::json measure_versus(const Options& options) {
  Task task;
  task.file = options.text("file");
  task.stride = options.number("stride", 8);
  task.num_threads = options.number("threads", 2);
  task.model = options.text("model");
  gst::ModelRequest request;
  request.path = task.model;
  request.engine = "onednn";
  request.num_threads = task.num_threads;
  request.batch.max_wait_seconds = 0;
  const auto context = gst::open_context("versus", request);  // Loaded once for all passes, as the peer's is.
  task.recipe = context->batcher->classifier().model().recipe();
  tensor::Shape shape = clip::input_shape(task.recipe);
  shape.insert(shape.begin(), 1);
  OnnxPeer peer(options.text("script"), options.text("onnxruntime"), task.model, shape, task.num_threads);

  const auto trained = [&](GstSample* sample) { return trained_planes(task, sample); };
  const Pass truth = run_gathered(task, "video/x-raw,format=I420", trained, peer);
  const Normaliser normalise(task.recipe);
  const std::string stock = stock_elements(task.recipe, options.number("width", 320), options.number("height", 240));
  const auto run_stock = [&] { return run_gathered(task, stock, normalise, peer); };
  const Comparison own = compare(run_gerund(task), truth);
  const Comparison others = compare(run_stock(), truth);
  nlohmann::json result{{"windows", truth.logits.size()},
                        {"peer", "ONNX Runtime " + peer.version()},
                        {"stock_elements", stock},
                        {"gerund_against_trained_pixels", to_json(own)},
                        {"stock_against_trained_pixels", to_json(others)}};
  if (own.relative > kMaxDifference)
    throw base::UserError(fmt::format("answers differ by {}; nothing is timed", own.relative));
  for (int round = 0; round < options.number("rounds", 5); ++round) {
    result["gerund"].push_back(row(run_gerund(task)));
    const Pass stock_pass = run_stock();
    result["stock"].push_back(row(stock_pass));
    result["peer_cpu_seconds"] = stock_pass.peer_cpu_seconds;
    result["decode_seconds"].push_back(decode_seconds(task));
  }
  return result;
}

}  // namespace gerund::bench
