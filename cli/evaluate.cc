#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "base/status_log.h"
#include "cli/arguments.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "data/probe.h"
#include "predict/loaded_model.h"
#include "score/evaluate.h"
#include "score/report.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  SpecArguments spec;
  ModelArguments model;
};

fs::path report_folder(const spec::Experiment& experiment) {
  return verb_folder(experiment.results_dir, experiment.evaluate.results_dir, "evaluate")
      .value_or(fs::path("results") / "evaluate");
}

score::ClassifyOptions classify_options(const spec::Experiment& experiment, bool strict) {
  score::ClassifyOptions options;
  options.view = score::view_from_name(experiment.evaluate.video_eval_mode, "evaluate.video_eval_mode");
  options.num_segments = static_cast<int>(experiment.evaluate.video_num_segments);
  options.batch_size = experiment.evaluate.batch_size;
  options.num_workers = static_cast<int>(experiment.dataset.workers);
  options.strict = strict;
  options.title = "Evaluating";
  return options;
}

// The labels come with the model; a label map in the spec that says otherwise deserves a word.
void compare_labels(const spec::Experiment& experiment, const serve::LoadedModel& model) {
  const auto& given = experiment.dataset.label_map;
  if (!given.empty() && given != data::label_map_of(model.labels)) {
    base::log_warning(fmt::format("dataset.label_map: is not the one inside {}, which is used", model.name));
  }
}

base::StatusLine test_metrics(const score::Evaluation& evaluation) {
  return {base::Status::running,
          "Test metrics generated.",
          {{"accuracy", 100 * evaluation.confusion.accuracy()},
           {"m_accuracy", 100 * evaluation.confusion.class_average_accuracy()}},
          {}};
}

void evaluate_into(const fs::path& folder, const Arguments& arguments, const Words& words,
                   const spec::Experiment& experiment, base::StatusLog& status) {
  const fs::path checkpoint =
      !words.paths.empty() ? words.paths[0] : spec::require(experiment.evaluate.checkpoint, "evaluate.checkpoint");
  const fs::path dataset = words.paths.size() > 1
                               ? words.paths[1]
                               : spec::require(experiment.evaluate.test_dataset_dir, "evaluate.test_dataset_dir");
  const serve::LoadedModel model = open_model(checkpoint, arguments.model, arguments.spec, experiment);
  compare_labels(experiment, model);

  score::ClassifyOptions options = classify_options(experiment, arguments.model.strict);
  options.gives_probabilities = model.gives_probabilities;
  check_view(model, options.view, "evaluate.video_eval_mode");
  TerminalProgress progress;
  const data::Dataset found = data::scan_dataset(dataset, data::label_map_of(model.labels));
  for (const std::string& warning : found.warnings) base::log_warning(warning);
  const data::Probed clips =
      data::probe(found.items, {options.num_workers, arguments.model.strict, model.recipes}, progress);
  status.write({base::Status::started, "Starting Action Recognition evaluate.", {}, {}});
  score::Evaluation evaluation = score::evaluate(*model.engine, clips, model.recipes, model.labels, options, progress);
  evaluation.model = model.name;
  evaluation.dataset = dataset.string();
  if (!evaluation.broken.empty()) base::log_warning(data::describe_broken(evaluation.broken, found.items.size()));
  score::write_report(folder, evaluation);
  status.write(test_metrics(evaluation));
  fmt::print("{}", score::reference_block(evaluation));
  base::log_info(fmt::format("Report: {}", (folder / "report.html").string()));
}

void run_evaluate(const Arguments& arguments) {
  const Words words = split_words(arguments.spec.words);
  if (words.paths.size() > 2)
    throw base::UserError(
        fmt::format("'{}': one word too many; usage: gerund evaluate CHECKPOINT DATASET", words.paths[2]));
  const spec::Experiment experiment = load_experiment(arguments.spec);
  const fs::path folder = report_folder(experiment);
  base::StatusLog status(folder);
  status.watch("Evaluation", [&] { evaluate_into(folder, arguments, words, experiment, status); });
}

}  // namespace

void add_evaluate(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("evaluate", "Measures a checkpoint or ONNX model on labelled clips");
  add_spec_arguments(*verb, arguments->spec, "[CHECKPOINT|MODEL.onnx DATASET] [key=value ...]");
  add_model_arguments(*verb, arguments->model);
  verb->footer("Example: gerund evaluate results/train/best.safetensors clips/test evaluate.video_eval_mode=conv");
  verb->callback([arguments] { run_evaluate(*arguments); });
}

}  // namespace gerund::cli
