#include <fmt/format.h>

#include <memory>

#include "cli/dataset_verbs.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "data/stats.h"

namespace gerund::cli {
namespace {

struct Arguments {
  std::filesystem::path root;
  int num_workers = 0;
  bool json = false;
};

void run_stats(const Arguments& arguments) {
  TerminalProgress progress;
  const data::SurveyOptions options{false, workers_for(arguments.num_workers)};
  const data::Stats stats = data::stats_of(data::survey(clips_of(arguments.root), options, progress));
  fmt::print("{}", arguments.json ? data::to_json(stats) + "\n" : data::to_text(stats));
}

}  // namespace

void add_dataset_stats(CLI::App& dataset) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = dataset.add_subcommand("stats", "Counts clips, frames, seconds, rates and sizes by class");
  verb->add_option("dataset", arguments->root, "Folder of class folders")->required()->type_name(kFolder);
  verb->add_option("--workers", arguments->num_workers, "Threads; 0: one per core")->capture_default_str();
  verb->add_flag("--json", arguments->json, "One JSON object on stdout");
  verb->footer("Example: gerund dataset stats clips/train");
  verb->callback([arguments] { run_stats(*arguments); });
}

}  // namespace gerund::cli
