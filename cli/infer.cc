#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/status_log.h"
#include "cli/arguments.h"
#include "cli/output_names.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "data/probe.h"
#include "media/video_writer.h"
#include "predict/annotate.h"
#include "predict/inputs.h"
#include "predict/loaded_model.h"
#include "predict/timeline.h"
#include "score/evaluate.h"
#include "score/inference_output.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  SpecArguments spec;
  ModelArguments model;
  bool json = false;
  bool csv = false;
  bool timeline = false;
  std::string annotate;
  std::string picture;
  std::string truth;
  std::string output;
  predict::TimelineOptions options;
};

bool makes_timeline(const Arguments& arguments) {
  return arguments.timeline || !arguments.annotate.empty() || !arguments.picture.empty();
}

/// An option that would have no effect beside the others is a mistake, and silence would hide it.
void check_combination(const Arguments& arguments, const CLI::App& verb) {
  const bool timeline = makes_timeline(arguments);
  for (const char* name : {"--window", "--hop"}) {
    if (verb.count(name) > 0 && !timeline)
      throw base::UserError(
          fmt::format("{}: only a timeline has windows; add --timeline, --annotate or --picture", name));
  }
  if (!arguments.truth.empty() && arguments.picture.empty())
    throw base::UserError("--truth: only the picture shows it; add --picture OUT.png");
  if (arguments.csv && timeline) throw base::UserError("--csv: a timeline is written as text or with --json");
  if (arguments.csv && arguments.json) throw base::UserError("--csv and --json: choose one");
}

void check_outputs(const Arguments& arguments, const fs::path& model, const std::vector<data::Item>& videos) {
  std::vector<fs::path> kept{model};
  for (const data::Item& video : videos) kept.push_back(video.path);
  if (!arguments.truth.empty()) kept.emplace_back(arguments.truth);
  check_output_names(
      {{"--annotate", arguments.annotate}, {"--picture", arguments.picture}, {"--output", arguments.output}},
      std::move(kept));
  if (const std::string ending = fs::path(arguments.picture).extension().string();
      !arguments.picture.empty() && ending != ".png")
    throw base::UserError(fmt::format("--picture {}: '{}' is not written; allowed: .png", arguments.picture, ending));
  if (!arguments.annotate.empty()) media::check_video_name(arguments.annotate);
}

void write_result(const Arguments& arguments, const std::string& text) {
  if (arguments.output.empty()) {
    fmt::print("{}", text);
  } else {
    base::write_file(arguments.output, text);
  }
}

void print_clips(const Arguments& arguments, const spec::Experiment& experiment, const serve::LoadedModel& model,
                 const std::vector<std::string>& names) {
  score::ClassifyOptions options;
  options.view = score::view_from_name(experiment.inference.video_inf_mode, "inference.video_inf_mode");
  check_view(model, options.view, "inference.video_inf_mode");
  options.num_segments = static_cast<int>(experiment.inference.video_num_segments);
  options.batch_size = experiment.inference.batch_size;
  options.num_workers = static_cast<int>(experiment.dataset.workers);
  options.strict = arguments.model.strict;
  options.gives_probabilities = model.gives_probabilities;
  TerminalProgress progress;
  const std::vector<data::Item> items = predict::find_inputs(names);
  check_outputs(arguments, model.name, items);
  data::Probed probed = data::probe(items, {options.num_workers, options.strict, model.recipes}, progress);
  score::Inference inference{model.name, options.view, model.labels, std::move(probed.items), {}};
  inference.classified = score::classify(*model.engine, inference.items, model.recipes,
                                         static_cast<int64_t>(model.labels.size()), options, progress);
  std::vector<data::Broken>& broken = inference.classified.broken;
  broken.insert(broken.begin(), probed.broken.begin(), probed.broken.end());
  if (!broken.empty()) base::log_warning(data::describe_broken(broken, items.size()));
  write_result(arguments, arguments.json  ? score::inference_json(inference)
                          : arguments.csv ? score::inference_csv(inference)
                                          : score::inference_lines(inference));
}

std::string timeline_text(const predict::Timeline& timeline) {
  std::string text = timeline.video + "\n";
  for (const predict::TimelineSecond& second : timeline.seconds) {
    text +=
        fmt::format("  {:>6} - {:<6} {:<16} {:.3f}\n", clock_time(second.start_seconds), clock_time(second.end_seconds),
                    timeline.labels[static_cast<size_t>(second.class_index)], second.score);
  }
  return text;
}

std::vector<predict::TimelineSegment> truth_of(const Arguments& arguments, const serve::LoadedModel& model) {
  return arguments.truth.empty() ? std::vector<predict::TimelineSegment>{}
                                 : predict::read_truth(arguments.truth, model.labels);
}

void print_timelines(const Arguments& arguments, const serve::LoadedModel& model,
                     const std::vector<std::string>& names) {
  const std::vector<data::Item> items = predict::find_inputs(names);
  const bool draws = !arguments.annotate.empty() || !arguments.picture.empty();
  if (draws && items.size() != 1)
    throw base::UserError(fmt::format("--annotate and --picture take one video; {} were given", items.size()));
  check_outputs(arguments, model.name, items);
  const std::vector<predict::TimelineSegment> truth = truth_of(arguments, model);
  TerminalProgress progress;
  std::vector<std::string> documents;
  std::vector<data::Broken> broken;
  for (const data::Item& item : items) {
    predict::Timeline timeline;
    try {
      const auto source = media::open_source(item.path);
      timeline = predict::make_timeline(model, *source, item.path.string(), arguments.options, progress);
    } catch (const base::UserError& error) {
      if (arguments.model.strict || items.size() == 1) throw;
      broken.push_back(data::make_broken(item.path, error));
      continue;
    }
    documents.push_back(arguments.json ? predict::to_json(timeline) : timeline_text(timeline));
    if (!arguments.annotate.empty()) predict::annotate_video(timeline, item.path, arguments.annotate, progress);
    if (!arguments.picture.empty()) predict::draw_timeline_picture(timeline, truth, item.path, arguments.picture);
    if (arguments.truth.empty()) continue;
    const predict::Agreement counted = predict::agreement(timeline, truth);
    base::log_info(
        fmt::format("{}: {} of {} seconds are named right", arguments.truth, counted.num_right, counted.num_seconds));
  }
  if (!broken.empty()) base::log_warning(data::describe_broken(broken, items.size()));
  if (documents.empty()) throw base::UserError("no video could be used; see above");
  std::string text;
  const bool is_list = arguments.json && items.size() > 1;
  for (const std::string& document : documents) text += (is_list ? (text.empty() ? "[\n" : ",\n") : "") + document;
  write_result(arguments, is_list ? text + "]\n" : text);
}

void infer_videos(const Arguments& arguments, const Words& words, const spec::Experiment& experiment,
                  base::StatusLog& status) {
  const bool model_is_named = !words.paths.empty() && (arguments.spec.spec_path.empty() || words.paths.size() > 1);
  const fs::path model_path = model_is_named
                                  ? fs::path(words.paths[0])
                                  : fs::path(spec::require(experiment.inference.checkpoint, "inference.checkpoint"));
  std::vector<std::string> names(words.paths.begin() + (model_is_named ? 1 : 0), words.paths.end());
  if (model_is_named && media::is_video_file(model_path))
    throw base::UserError(fmt::format("{}: a model comes first, then what it shall name: gerund infer MODEL.onnx {}",
                                      model_path.string(), model_path.string()));
  if (names.empty())
    names.push_back(spec::require(experiment.inference.inference_dataset_dir, "inference.inference_dataset_dir"));
  ModelArguments model_arguments = arguments.model;
  model_arguments.with_step = makes_timeline(arguments);
  const serve::LoadedModel model = open_model(model_path, model_arguments, arguments.spec, experiment);
  status.write({base::Status::started, "Starting Action Recognition inference.", {}, {}});
  if (makes_timeline(arguments)) {
    print_timelines(arguments, model, names);
  } else {
    print_clips(arguments, experiment, model, names);
  }
}

void run_infer(const Arguments& arguments) {
  const Words words = split_words(arguments.spec.words);
  const spec::Experiment experiment = load_experiment(arguments.spec);
  base::StatusLog status(verb_folder(experiment.results_dir, experiment.inference.results_dir, "inference"));
  status.watch("Inference", [&] { infer_videos(arguments, words, experiment, status); });
}

}  // namespace

void add_infer(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("infer", "Names the actions in videos")->alias("inference");
  add_spec_arguments(*verb, arguments->spec, "[CHECKPOINT|MODEL.onnx VIDEO|FOLDER|GLOB ...] [key=value ...]");
  add_model_arguments(*verb, arguments->model);
  verb->add_flag("--json", arguments->json, "JSON with scores on stdout");
  verb->add_flag("--csv", arguments->csv, "CSV with scores on stdout");
  verb->add_flag("--timeline", arguments->timeline, "Slides a window over each video: a label and score per second");
  verb->add_option("--window", arguments->options.window_seconds, "Length of the window in seconds; 0: as in training")
      ->capture_default_str();
  verb->add_option("--hop", arguments->options.hop_seconds,
                   "Seconds from window to window; a causal network answers after every step of frames instead")
      ->capture_default_str();
  verb->add_option("--annotate", arguments->annotate, "Writes the video with the timeline's labels drawn on it")
      ->type_name("OUT.mp4");
  verb->add_option("--picture", arguments->picture, "Writes the timeline as a picture")->type_name("OUT.png");
  verb->add_option("--truth", arguments->truth, "For the picture: what really happens, as gerund synth writes it")
      ->type_name("TRUTH.json");
  verb->add_option("-o,--output", arguments->output, "Writes the result to a file instead of stdout")
      ->type_name("FILE");
  verb->footer("Example: gerund infer model.onnx match.mp4 --timeline --annotate labelled.mp4");
  verb->callback([arguments, verb] {
    check_combination(*arguments, *verb);
    run_infer(*arguments);
  });
}

}  // namespace gerund::cli
