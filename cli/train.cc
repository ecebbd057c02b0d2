#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "cli/arguments.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "train/trainer.h"

namespace gerund::cli {
namespace {

struct TrainArguments {
  SpecArguments spec;
  bool strict = false;
};

void say_result(const train::TrainResult& result, int64_t num_epochs) {
  if (result.was_finished) {
    const bool stopped_early = static_cast<int64_t>(result.history.size()) < num_epochs;
    fmt::print("This run is finished: {} epochs{}. Raise train.{} to go on, or choose another results_dir.\n",
               result.history.size(), stopped_early ? ", then nothing got better" : "",
               stopped_early ? "early_stopping_patience" : "num_epochs");
  }
  if (result.train_seconds > 0) {
    base::log_info(fmt::format("{:.1f} clips/s, {:.1f} % of the time waiting for clips",
                               static_cast<double>(result.num_clips) / result.train_seconds,
                               100 * result.loader_wait_seconds / result.train_seconds));
  }
  base::log_info(fmt::format("Report: {}", (result.last.parent_path() / "report.html").string()));
  fmt::print("best: {}\nlast: {}\n", result.best.string(), result.last.string());
}

void run_train(const TrainArguments& arguments) {
  const Words words = split_words(arguments.spec.words);
  if (!words.paths.empty())
    throw base::UserError(fmt::format("'{}': train takes key=value words only; name the spec with -e", words.paths[0]));
  if (arguments.spec.spec_path.empty()) {
    throw base::UserError(
        "The subtask `train` requires the following argument: -e/--experiment_spec_file; specs/ holds specs to start "
        "from");
  }
  TerminalProgress progress;
  const spec::Experiment experiment = load_experiment(arguments.spec);
  say_result(train::run_training(experiment, {arguments.strict}, progress), experiment.train.num_epochs);
}

}  // namespace

void add_train(CLI::App& app) {
  auto arguments = std::make_shared<TrainArguments>();
  CLI::App* verb = app.add_subcommand("train", "Trains a network on folders of clips");
  add_spec_arguments(*verb, arguments->spec, "key=value: changes the spec, e.g. train.num_epochs=5");
  verb->add_flag("--strict", arguments->strict, "A broken clip is an error instead of being left out");
  verb->footer("Example: gerund train -e specs/train_rgb_3d.yaml -r results dataset.train_dataset_dir=clips/train");
  verb->callback([arguments] { run_train(*arguments); });
}

}  // namespace gerund::cli
