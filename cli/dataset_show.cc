#include <fmt/format.h>

#include <memory>

#include "cli/dataset_verbs.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "data/sheets.h"

namespace gerund::cli {
namespace {

struct Arguments {
  std::filesystem::path root;
  std::filesystem::path folder;
  data::SheetSettings settings;
};

void run_show(Arguments& arguments) {
  arguments.settings.num_workers = workers_for(arguments.settings.num_workers);
  data::check_lies_elsewhere(arguments.folder, arguments.root);
  TerminalProgress progress;
  const std::vector<data::Item> items = clips_of(arguments.root);
  const std::vector<data::Broken> broken = data::draw_sheets(items, arguments.folder, arguments.settings, progress);
  for (const data::Broken& clip : broken) fmt::print(stderr, "error: {}: {}\n", clip.path.string(), clip.reason);
  end_with(static_cast<int64_t>(broken.size()));
}

}  // namespace

void add_dataset_show(CLI::App& dataset) {
  auto arguments = std::make_shared<Arguments>();
  arguments->settings.num_workers = 0;
  CLI::App* verb = dataset.add_subcommand("show", "Draws a sheet of each class's clips: OUT/CLASS.png");
  verb->add_option("dataset", arguments->root, "Folder of class folders")->required()->type_name(kFolder);
  verb->add_option("out", arguments->folder, "Folder of the pictures")->required()->type_name(kFolder);
  verb->add_option("--clips", arguments->settings.num_clips, "Clips of each class at most")->capture_default_str();
  verb->add_option("--workers", arguments->settings.num_workers, "Threads; 0: one per core")->capture_default_str();
  verb->footer("Example: gerund dataset show clips/train sheets");
  verb->callback([arguments] { run_show(*arguments); });
}

}  // namespace gerund::cli
