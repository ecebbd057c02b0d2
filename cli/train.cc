#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "cli/arguments.h"
#include "cli/terminal.h"
#include "cli/train_folder.h"
#include "cli/verbs.h"
#include "graph/onnx_file.h"
#include "nets/checkpoint.h"
#include "nets/export_model.h"
#include "score/page.h"
#include "train/peer_place.h"
#include "train/schedule.h"
#include "train/trainer.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

struct TrainArguments {
  SpecArguments spec;
  bool strict = false;
};

/// What a run that is over can be told to do.
std::string way_on(const train::TrainResult& result, const spec::Experiment& experiment) {
  constexpr const char* kOrAnother = "or choose another results_dir";
  if (static_cast<int64_t>(result.history.size()) < experiment.train.num_epochs)
    return fmt::format(", then nothing got better. Raise train.early_stopping_patience to go on, {}.", kOrAnother);
  if (!train::rate_follows_epochs(experiment.train.optim))
    return fmt::format(". Raise train.num_epochs to go on, {}.", kOrAnother);
  return fmt::format(
      ", over which the learning rate fell to its end. To train on, choose another results_dir and start from its "
      "weights: model.{}_pretrained_model_path={}",
      experiment.model.model_type, score::shell_word(result.best.string()));
}

void say_result(const train::TrainResult& result, const spec::Experiment& experiment) {
  if (result.was_finished)
    fmt::print("This run is finished: {} epoch{}{}\n", result.history.size(), result.history.size() == 1 ? "" : "s",
               way_on(result, experiment));
  if (result.train_seconds > 0) {
    base::log_info(fmt::format("{:.1f} clips/s, {:.1f} % of the time waiting for clips",
                               static_cast<double>(result.num_clips) / result.train_seconds,
                               100 * result.loader_wait_seconds / result.train_seconds));
  }
  base::log_info(fmt::format("Report: {}", (result.last.parent_path() / "report.html").string()));
  fmt::print("best: {}\nlast: {}\n", result.best.string(), result.last.string());
}

/// The best network as a model that deploy takes.
void export_best(const train::TrainResult& result, const std::string& key) {
  const fs::path target = result.best.parent_path() / "model.onnx";
  const nets::Checkpoint checkpoint = nets::load_checkpoint(result.best, key);
  graph::write_onnx(target, nets::export_model(checkpoint, result.best.filename().string()), key);
  fmt::print("model: {}\nTry it: gerund deploy {} VIDEO_OR_CAMERA\n", target.string(),
             score::shell_word(target.string()));
}

void run_train(const TrainArguments& arguments) {
  const Words words = split_words(arguments.spec.words);
  const bool has_spec = !arguments.spec.spec_path.empty();
  if (words.paths.size() > (has_spec ? 0U : 1U))
    throw base::UserError(
        fmt::format("'{}': one word too many; train takes a folder of clips, or a spec (-e SPEC), and key=value words",
                    words.paths.back()));
  if (!has_spec && words.paths.empty()) {
    throw base::UserError(
        "The subtask `train` requires the following argument: -e/--experiment_spec_file, or a folder of class folders "
        "with clips; specs/ holds specs to start from");
  }
  if (!has_spec && train::place_from_environment().size > 1)
    throw base::UserError("several processes need a spec (-e SPEC); train with one first, and take its spec.yaml");
  TerminalProgress progress;
  const FolderPlan plan = has_spec ? FolderPlan{load_training_experiment(arguments.spec), {}}
                                   : plan_for_folder(words.paths[0], arguments.spec, arguments.strict);
  const train::TrainResult result = train::run_training(plan.experiment, {arguments.strict, plan.advice}, progress);
  say_result(result, plan.experiment);
  if (!has_spec) export_best(result, plan.experiment.encryption_key.value_or(""));
}

}  // namespace

void add_train(CLI::App& app) {
  auto arguments = std::make_shared<TrainArguments>();
  CLI::App* verb = app.add_subcommand("train", "Trains a network on folders of clips");
  add_spec_arguments(*verb, arguments->spec,
                     "[DATA_DIR] [key=value ...]: a folder of class folders with clips, where there is no spec; "
                     "changes of the spec, e.g. train.num_epochs=5");
  verb->add_flag("--strict", arguments->strict, "A broken clip is an error instead of being left out");
  verb->footer(
      "Without a spec, train looks through the clips, parts them by recording, chooses a network and says why; with -r "
      "it\n"
      "writes there, else into results. The spec that it made is results/train/spec.yaml.\n"
      "Examples: gerund train clips\n"
      "          gerund train -e specs/train_rgb_3d.yaml -r results dataset.train_dataset_dir=clips/train");
  verb->callback([arguments] { run_train(*arguments); });
}

}  // namespace gerund::cli
