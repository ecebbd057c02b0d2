#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "base/log.h"
#include "base/workers.h"
#include "cli/dataset_verbs.h"
#include "cli/program.h"
#include "cli/verbs.h"

namespace gerund::cli {
namespace {

constexpr int kBrokenClips = 1;

}  // namespace

std::vector<data::Item> clips_of(const std::filesystem::path& root) {
  data::Dataset dataset = data::scan_dataset(root, data::label_map_from_folders(root));
  for (const std::string& warning : dataset.warnings) base::log_warning(warning);
  return std::move(dataset.items);
}

data::OnConverted print_converted() {
  auto label = std::make_shared<std::string>();
  const bool is_beside_bar = ::isatty(STDERR_FILENO) == 1;
  return [label, is_beside_bar](const data::Converted& clip) {
    if (is_beside_bar) fmt::print(stderr, "\r\033[K");  // The bar, which is drawn again.
    if (*label != clip.item.label) fmt::print("Preprocess {}\n", clip.item.label);
    *label = clip.item.label;
    if (clip.broken) {
      fmt::print(stderr, "error: {}: {}\n", clip.broken->path.string(), clip.broken->reason);
    } else {
      fmt::print("f cnt: {}.0\n", clip.num_frames);
    }
    std::fflush(stdout);
  };
}

void end_with(int64_t num_broken) {
  if (num_broken == 0) return;
  fmt::print(stderr, "{} clip{} could not be used\n", num_broken, num_broken == 1 ? "" : "s");
  throw ExitCode{kBrokenClips};
}

int workers_for(int asked) {
  return asked > 0 ? asked : base::num_cores();
}

void add_dataset(CLI::App& app) {
  CLI::App* dataset = app.add_subcommand("dataset", "Gets, splits, converts and checks data sets");
  dataset->require_subcommand(1);
  for (const auto& add : {add_dataset_import, add_dataset_split, add_dataset_extract, add_dataset_flow,
                          add_dataset_check, add_dataset_show, add_dataset_stats})
    add(*dataset);
  dataset->footer("docs/datasets.md tells what each of them does. gerund dataset VERB --help lists its options.");
}

}  // namespace gerund::cli
