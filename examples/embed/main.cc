// Names what happens in a video, window by window: embed MODEL.onnx VIDEO. The model is one that `gerund export` wrote.
#include <gerund/clip/assemble.h>
#include <gerund/media/frame_source.h>
#include <gerund/serve/classifier.h>
#include <gerund/serve/window_plan.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>

using namespace gerund;

namespace {

void print_label(const serve::Classifier& classifier, const serve::Clip& window, infer::StreamState& state) {
  const serve::Classifier::Job job{&window, &state};
  const serve::Scores scores = classifier.classify({&job, 1}).front();
  const auto best = std::ranges::max_element(scores.values);
  const std::string& label = classifier.model().labels.at(static_cast<size_t>(best - scores.values.begin()));
  std::printf("%.2f..%.2f s: %s %.3f\n", window.positions.front().pts_seconds, window.positions.back().pts_seconds,
              label.c_str(), *best);
}

void name_actions(const std::string& model_path, const std::string& video_path) {
  const serve::Classifier classifier(serve::open_onnx_model(model_path, {}), serve::Activation::automatic);
  const clip::Recipe& recipe = classifier.model().recipe();  // How the model wants its frames.
  serve::Window windows(serve::plan_windows(classifier.model(), {}));
  infer::StreamState state;  // What a network that goes on from window to window keeps; others leave it empty.

  const std::unique_ptr<media::FrameSource> video = media::open_source(video_path);
  int64_t number = 0;
  while (const std::optional<tensor::Frame> frame = video->next()) {
    const auto make_planes = [&] { return std::make_shared<const tensor::Tensor>(prepare_planes(recipe, *frame)); };
    for (const serve::Clip& window : windows.push({number++, frame->pts_seconds}, make_planes))
      print_label(classifier, window, state);
  }
  for (const serve::Clip& window : windows.finish()) print_label(classifier, window, state);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: embed MODEL.onnx VIDEO\n");
    return 2;
  }
  try {
    name_actions(argv[1], argv[2]);
  } catch (const std::exception& error) {  // Errors name the file and what to do.
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
