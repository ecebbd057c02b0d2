#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "cli/program.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "clip/assemble.h"
#include "data/dataset.h"
#include "deploy/app.h"
#include "deploy/replay.h"
#include "media/frame_source.h"
#include "predict/inputs.h"
#include "predict/loaded_model.h"

namespace gerund::cli {
namespace {

constexpr double kTolerance = 1e-4;
constexpr int kDiffers = 1;

struct Arguments {
  std::string model;
  std::vector<std::string> names;
  int num_threads = 0;
  size_t most = 0;
  std::string key;
};

struct Parity {
  size_t num_clips = 0;
  size_t num_skipped = 0;
  double largest = 0;
  std::string worst;
};

/// As evaluation and inference see the middle clip of a video.
std::vector<float> training_logits(const serve::LoadedModel& model, media::FrameSource& source,
                                   const clip::FrameIndices& frames) {
  const tensor::Tensor input = clip::assemble(model.recipe(), source.read(frames));
  tensor::Shape shape = input.shape();
  shape.insert(shape.begin(), 1);
  const tensor::Tensor logits = model.engine->run(input.reshaped(shape));
  return {logits.floats().begin(), logits.floats().end()};
}

void compare(const std::shared_ptr<gst::ModelContext>& context, const data::Item& item, Parity& parity) {
  const serve::LoadedModel& model = context->batcher->classifier().model();
  const auto source = media::open_source(item.path);
  const clip::FrameIndices frames =
      clip::sample_view(model.recipe(), clip::View::center, source->info().num_frames, 1).front();
  const std::vector<float> wanted = training_logits(model, *source, frames);
  const std::vector<float> given = deploy::replay(context, item.path, frames);
  ++parity.num_clips;
  for (size_t c = 0; c < wanted.size(); ++c) {
    const double difference = std::abs(static_cast<double>(wanted[c]) - given[c]);
    if (std::isnan(parity.largest) || difference < parity.largest) continue;  // What is no number stays.
    parity.largest = difference;
    parity.worst = item.path.string();
  }
}

void run_parity(const Arguments& arguments) {
  deploy::start_gstreamer();
  gst::ModelRequest request;
  request.path = arguments.model;
  request.num_threads = arguments.num_threads;
  request.key = arguments.key;
  const auto context = gst::open_context("", request);
  std::vector<data::Item> items = predict::find_inputs(arguments.names);
  if (arguments.most > 0 && items.size() > arguments.most) items.resize(arguments.most);
  Parity parity;
  TerminalProgress progress;
  progress.start("Comparing", static_cast<int64_t>(items.size()), "clip");
  for (size_t i = 0; i < items.size(); ++i) {
    if (base::interrupted()) throw base::Interrupted("parity stopped before its end");
    try {
      if (media::is_video_file(items[i].path)) {
        compare(context, items[i], parity);
      } else {
        ++parity.num_skipped;  // A folder of pictures is no video.
      }
    } catch (const base::UserError& error) {
      base::log_warning(error.what());
      ++parity.num_skipped;
    }
    progress.update(static_cast<int64_t>(i + 1), fmt::format("{:.1e}", parity.largest));
  }
  progress.finish();
  if (parity.num_clips == 0) throw base::UserError("parity: no clip could be compared; it takes video files");
  fmt::print("{} clips compared, {} left out; the largest difference of logits is {:.2e} ({}): {}\n", parity.num_clips,
             parity.num_skipped, parity.largest, parity.worst,
             parity.largest <= kTolerance ? "the runtime sees what training sees"
                                          : fmt::format("more than {:.0e}", kTolerance));
  if (!(parity.largest <= kTolerance)) throw ExitCode{kDiffers};
}

}  // namespace

void add_parity(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("parity", "Compares the live runtime with the training path, clip by clip");
  verb->add_option("model", arguments->model, "MODEL.onnx")->required()->type_name(kFile);
  verb->add_option("dataset", arguments->names, "Folder of clips, videos or glob patterns")->required();
  verb->add_option("--threads", arguments->num_threads, "Threads of the network; 0: all cores")->capture_default_str();
  verb->add_option("-k,--key", arguments->key, "Opens a sealed model")->type_name(kKey);
  verb->add_option("--most", arguments->most, "Clips to compare; 0: all")->capture_default_str();
  verb->footer(
      "Each clip is decoded and prepared twice: as for training, and by the pipelines of gerund deploy. Exit code 1\n"
      "where logits differ by more than 1e-4.\n"
      "Example: gerund parity model.onnx clips/test");
  verb->callback([arguments] { run_parity(*arguments); });
}

}  // namespace gerund::cli
