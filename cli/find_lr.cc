#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "cli/arguments.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "draw/png.h"
#include "draw/rate_chart.h"
#include "train/find_rate.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

struct FindLrArguments {
  SpecArguments spec;
  train::RateOptions options;
};

std::string to_csv(const train::RateSearch& search) {
  std::string text = "rate,loss,smooth_loss\n";
  for (const train::RateTrial& trial : search.trials)
    text += fmt::format("{:.6g},{:.6g},{:.6g}\n", trial.rate, trial.loss, trial.smooth_loss);
  return text;
}

void write_files(const fs::path& folder, const train::RateSearch& search, const spec::Experiment& experiment) {
  draw::RateChart chart;
  chart.title = fmt::format("Loss over the learning rate: {}, {}, {} clips a batch", experiment.model.backbone,
                            experiment.train.optim.optimizer, experiment.dataset.batch_size);
  for (const train::RateTrial& trial : search.trials)
    chart.points.push_back({trial.rate, trial.loss, trial.smooth_loss});
  chart.advised = search.advised;
  base::write_file(folder / "rates.csv", to_csv(search));
  if (chart.points.size() < 2) return;
  draw::write_png(folder / "rates.png", draw::draw_rate_chart(chart));
  base::log_info(fmt::format("Picture: {}", (folder / "rates.png").string()));
}

void say_advice(const train::RateSearch& search, const train::RateOptions& options) {
  if (!search.advised) {
    fmt::print("The loss rose at no rate up to {:g}. Try higher ones: --to {:g}\n", options.highest,
               100 * options.highest);
    return;
  }
  fmt::print("train.optim.lr={:.2g}\n", *search.advised);
}

void run_find_lr(const FindLrArguments& arguments) {
  const Words words = split_words(arguments.spec.words);
  if (!words.paths.empty())
    throw base::UserError(
        fmt::format("'{}': find-lr takes key=value words only; name the spec with -e", words.paths[0]));
  if (arguments.spec.spec_path.empty())
    throw base::UserError("find-lr needs a spec (-e SPEC); specs/ holds specs to start from");
  const spec::Experiment experiment = load_training_experiment(arguments.spec);
  const std::optional<fs::path> folder = verb_folder(experiment.results_dir, std::nullopt, "find_lr");
  if (!folder) throw base::UserError("results_dir: is not set; say where the picture goes: -r DIR");
  TerminalProgress progress;
  const train::RateSearch search = train::find_rate(experiment, arguments.options, progress);
  write_files(*folder, search, experiment);
  say_advice(search, arguments.options);
}

}  // namespace

void add_find_lr(CLI::App& app) {
  auto arguments = std::make_shared<FindLrArguments>();
  CLI::App* verb = app.add_subcommand("find-lr", "Finds a learning rate: tries rising ones and draws the loss");
  add_spec_arguments(*verb, arguments->spec, "key=value: changes the spec, as for train", false);
  verb->add_option("--from", arguments->options.lowest, "First rate")->capture_default_str();
  verb->add_option("--to", arguments->options.highest, "Last rate; ends before where the loss explodes")
      ->capture_default_str();
  verb->add_option("--updates", arguments->options.num_updates, "Updates between them")->capture_default_str();
  verb->add_flag("--strict", arguments->options.strict, "A broken clip is an error instead of being left out");
  verb->footer(
      "Prints train.optim.lr=VALUE, a word for the line of gerund train, and writes RESULTS/find_lr/rates.png and "
      "rates.csv.\n"
      "Example: gerund find-lr -e specs/train_rgb_3d.yaml -r results dataset.train_dataset_dir=clips/train");
  verb->callback([arguments] { run_find_lr(*arguments); });
}

}  // namespace gerund::cli
