#include <memory>

#include "cli/dataset_verbs.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "data/frame_folders.h"

namespace gerund::cli {
namespace {

struct Arguments {
  std::filesystem::path root;
  std::filesystem::path folder;
  int num_workers = 0;
};

void run_extract(const Arguments& arguments) {
  TerminalProgress progress;
  const data::ExtractOptions options{arguments.folder, workers_for(arguments.num_workers)};
  end_with(data::extract_frames(clips_of(arguments.root), options, print_converted(), progress));
}

}  // namespace

void add_dataset_extract(CLI::App& dataset) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = dataset.add_subcommand("extract", "Decodes videos to CLASS/CLIP/rgb/000001.png");
  verb->add_option("dataset", arguments->root, "Folder of class folders")->required()->type_name(kFolder);
  verb->add_option("out", arguments->folder, "Folder to make")->required()->type_name(kFolder);
  verb->add_option("--workers", arguments->num_workers, "Threads; 0: one per core")->capture_default_str();
  verb->footer(
      "Exit code 1 where a video could not be read. The same command goes on after an interruption.\n"
      "Example: gerund dataset extract clips frames");
  verb->callback([arguments] { run_extract(*arguments); });
}

}  // namespace gerund::cli
