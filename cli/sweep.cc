#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "cli/arguments.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "train/peer_place.h"
#include "train/sweep.h"
#include "train/trainer.h"
#include "train/watch.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

struct SweepArguments {
  SpecArguments spec;
  std::vector<std::string> grid;
  bool strict = false;
};

/// A run of the grid and its spec.
struct Planned {
  train::GridPoint point;
  spec::Experiment experiment;
};

/// Specs of all runs, each checked before the first begins.
std::vector<Planned> plan_runs(const SweepArguments& arguments, const std::vector<train::GridPoint>& points) {
  std::vector<Planned> runs;
  for (const train::GridPoint& point : points) {
    SpecArguments line = arguments.spec;
    line.words.insert(line.words.end(), point.overrides.begin(), point.overrides.end());
    runs.push_back({point, load_training_experiment(line)});
    spec::Experiment& experiment = runs.back().experiment;
    if (experiment.results_dir.empty()) throw base::UserError("results_dir: is not set; say where runs go: -r DIR");
    experiment.results_dir = (fs::path(experiment.results_dir) / "sweep" / point.name).string();
    experiment.train.results_dir.reset();
  }
  return runs;
}

train::GridResult run_one(const Planned& run, bool strict) {
  train::GridResult result;
  result.point = run.point;
  TerminalProgress progress;
  try {
    const train::TrainResult trained = train::run_training(run.experiment, {strict, {}}, progress);
    const std::string metric = train::watched_metric(trained.history, run.experiment.train.best_metric);
    const std::optional<int64_t> best = train::best_epoch(trained.history, metric);
    for (const nets::EpochMetrics& epoch : trained.history) {
      result.seconds += epoch.seconds;
      if (best == epoch.epoch) result.best = epoch;
    }
    result.checkpoint = trained.best.string();
  } catch (const base::UserError& error) {
    result.failure = error.what();
    base::log_warning(fmt::format("{} failed: {}", run.point.name, error.what()));
  }
  return result;
}

void run_sweep(const SweepArguments& arguments) {
  const Words words = split_words(arguments.spec.words);
  if (!words.paths.empty())
    throw base::UserError(fmt::format("'{}': sweep takes key=value words only; name the spec with -e", words.paths[0]));
  if (train::place_from_environment().size > 1)
    throw base::UserError(
        "sweep trains in one process, and the environment names several (WORLD_SIZE, SLURM_NTASKS or such); start it "
        "once, or train each setting with all of them: gerund train -e SPEC -r RESULTS KEY=VALUE");
  if (arguments.spec.spec_path.empty())
    throw base::UserError("sweep needs a spec (-e SPEC); specs/ holds specs to start from");
  std::vector<train::GridAxis> axes;
  for (const std::string& text : arguments.grid) axes.push_back(train::parse_axis(text));
  const std::vector<Planned> runs = plan_runs(arguments, train::make_grid(axes));
  const fs::path folder = fs::path(runs.front().experiment.results_dir).parent_path();
  std::vector<train::GridResult> results;
  for (const Planned& run : runs) {
    base::log_info(fmt::format("Run {} of {}: {}", results.size() + 1, runs.size(), run.point.name));
    results.push_back(run_one(run, arguments.strict));
    std::vector<train::GridResult> sorted = results;
    train::sort_by(sorted, run.experiment.train.best_metric);
    base::write_file(folder / "sweep.csv", train::grid_csv(axes, sorted));
  }
  train::sort_by(results, runs.front().experiment.train.best_metric);
  fmt::print("{}", train::grid_table(axes, results));
  if (!results.front().best) throw base::UserError("sweep: every run failed; see above");
  fmt::print("best: {}\n", results.front().checkpoint);
  base::log_info(fmt::format("Table: {}", (folder / "sweep.csv").string()));
}

}  // namespace

void add_sweep(CLI::App& app) {
  auto arguments = std::make_shared<SweepArguments>();
  CLI::App* verb = app.add_subcommand("sweep", "Trains with every combination of some settings and compares");
  add_spec_arguments(*verb, arguments->spec, "key=value: changes the spec for all runs", false);
  verb->add_option("--grid", arguments->grid,
                   "KEY=VALUE,VALUE,...: what one setting is to be in turn; for each setting")
      ->allow_extra_args(false)
      ->required();
  verb->add_flag("--strict", arguments->strict, "A broken clip is an error instead of being left out");
  verb->footer(
      "Each run trains in RESULTS/sweep/NAME/train; the same command goes on where it stopped. The best comes first, "
      "by\n"
      "train.best_metric; RESULTS/sweep/sweep.csv has the table. A run that fails does not stop the others.\n"
      "Example: gerund sweep -e specs/train_rgb_3d.yaml -r results --grid model.rgb_seq_length=8,16 --grid "
      "train.optim.lr=0.01,0.003");
  verb->callback([arguments] { run_sweep(*arguments); });
}

}  // namespace gerund::cli
