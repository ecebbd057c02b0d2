// Says when actions begin and end in frames of your own: frames MODEL.onnx WIDTH HEIGHT FPS <FRAMES. Frames are I420,
// one after the other, as a camera or decoder gives them; here they come from stdin.
#include <gerund/serve/action_filter.h>
#include <gerund/serve/batcher.h>
#include <gerund/serve/window_plan.h>
#include <gerund/tensor/yuv.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <vector>

using namespace gerund;

namespace {

/// A picture in memory that stays the caller's. Say matrix and range where you know them: they are part of the pixels.
tensor::YuvView view_of(const std::vector<uint8_t>& bytes, int width, int height) {
  const int half = (width + 1) / 2;
  const uint8_t* y = bytes.data();
  const uint8_t* u = y + static_cast<size_t>(width) * height;
  const uint8_t* v = u + static_cast<size_t>(half) * ((height + 1) / 2);
  tensor::YuvView view;
  view.width = width;
  view.height = height;
  view.planes = {y, u, v};
  view.strides = {width, half, half};
  return view;
}

void print_changes(const std::vector<serve::ActionChange>& changes, const std::vector<std::string>& labels) {
  for (const serve::ActionChange& change : changes)
    std::printf("%.2f s: %s %s (%.3f)\n", change.is_start ? change.start_seconds : change.end_seconds,
                labels.at(static_cast<size_t>(change.class_index)).c_str(), change.is_start ? "begins" : "ends",
                change.score);
}

void watch(const std::string& model_path, int width, int height, double fps) {
  // One model and one batcher serve any number of streams; each stream has its own windows and its own filter.
  const auto classifier =
      std::make_shared<const serve::Classifier>(serve::open_onnx_model(model_path, {}), serve::Activation::automatic);
  serve::StreamWindows windows(classifier->model().recipe(), serve::plan_windows(classifier->model(), {}), {});
  serve::ActionFilter filter({});
  serve::Batcher batcher(classifier, {});

  // Answers come in the batcher's thread; until drain() returns nobody else touches the filter, which outlives it.
  const serve::StreamId stream = batcher.add_stream(
      {},
      [&](const serve::WindowResult& result) {
        print_changes(filter.push(result.scores.values, result.positions.front().pts_seconds,
                                  result.positions.back().pts_seconds, result.is_first),
                      classifier->model().labels);
      },
      [](const std::string& reason) { std::fprintf(stderr, "no answer: %s\n", reason.c_str()); });

  const serve::Region whole{{serve::RegionKind::area, "whole"}, {0, 0, width, height}};
  std::vector<uint8_t> bytes(static_cast<size_t>(width) * height +
                             2 * static_cast<size_t>((width + 1) / 2) * ((height + 1) / 2));
  double seconds = 0;
  for (int64_t number = 0; std::fread(bytes.data(), bytes.size(), 1, stdin) == 1; ++number) {
    seconds = static_cast<double>(number) / fps;
    // The pixels are asked for only where a window takes the frame, and copied then.
    const auto pixels = [&](const clip::Rectangle& box) {
      return tensor::to_rgb(view_of(bytes, width, height), box.x, box.y, box.width, box.height);
    };
    auto outcome = windows.push({number, seconds}, width, height, {&whole, 1}, pixels);
    for (serve::RegionClip& clip : outcome.clips) batcher.offer(stream, std::move(clip));
  }
  for (serve::RegionClip& clip : windows.finish()) batcher.offer(stream, std::move(clip));
  batcher.drain(stream);
  print_changes(filter.finish(seconds), classifier->model().labels);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: frames MODEL.onnx WIDTH HEIGHT FPS <FRAMES\n");
    return 2;
  }
  try {
    watch(argv[1], std::atoi(argv[2]), std::atoi(argv[3]), std::atof(argv[4]));
  } catch (const std::exception& error) {  // Errors name the file and what to do.
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
