#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "cli/dataset_verbs.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "data/import.h"

namespace gerund::cli {
namespace {

struct Arguments {
  data::ImportOptions options;
  bool copy = false;
  bool link = false;
};

void run_import(Arguments& arguments) {
  if (arguments.copy) arguments.options.placing = data::Placing::copy;
  if (arguments.link) arguments.options.placing = data::Placing::link;
  TerminalProgress progress;
  const data::Imported imported = data::import_dataset(arguments.options, progress);
  for (const std::string& warning : imported.warnings) base::log_warning(warning);
  fmt::print("{} clips in {}: {} new, {} were there\n", imported.num_new + imported.num_kept,
             arguments.options.folder.string(), imported.num_new, imported.num_kept);
}

}  // namespace

void add_dataset_import(CLI::App& dataset) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = dataset.add_subcommand("import", "Makes class/clip folders of a downloaded data set");
  verb->add_option("source", arguments->options.source, "Archive, folder or table of Kinetics (.csv)")
      ->required()
      ->type_name("FILE|FOLDER");
  verb->add_option("out", arguments->options.folder, "Folder to make")->required()->type_name(kFolder);
  verb->add_option("--videos", arguments->options.videos, "Folder with the clips of a table; its own by default")
      ->type_name(kFolder);
  auto* copy = verb->add_flag("--copy", arguments->copy, "Copies clips (always so out of archives)");
  verb->add_flag("--link", arguments->link, "Links to the clips of a folder or table (the default)")->excludes(copy);
  verb->footer("Example: gerund dataset import hmdb51_org.rar hmdb51");
  verb->callback([arguments] { run_import(*arguments); });
}

}  // namespace gerund::cli
