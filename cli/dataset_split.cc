#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "cli/dataset_verbs.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "data/split.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

/// A share that is off by more is said.
constexpr double kWorthSaying = 0.02;

struct Arguments {
  fs::path root;
  fs::path folder;
  fs::path hmdb51_lists;
  fs::path ucf101_lists;
  int number = 1;
  std::optional<double> ratio;
  uint64_t seed = 1;
  std::string group;
  fs::path groups;
  bool copy = false;
};

data::Recordings recordings_of(const Arguments& arguments, const std::vector<data::Item>& items) {
  if (!arguments.group.empty()) return data::recordings_by_pattern(items, arguments.group);
  if (!arguments.groups.empty()) return data::recordings_by_table(items, arguments.root, arguments.groups);
  data::Recordings recordings = data::recordings_by_name(items);
  if (const std::string told = data::describe(recordings); !told.empty()) base::log_info(told);
  if (recordings.num_unknown() > 0)
    base::log_warning(
        fmt::format("the names of {} of {} clips do not tell their recording, each counts as its own; "
                    "where several were cut from one, name it by --group or --groups",
                    recordings.num_unknown(), items.size()));
  return recordings;
}

data::Split split_of(const Arguments& arguments, const std::vector<data::Item>& items) {
  if (!arguments.hmdb51_lists.empty()) return data::hmdb51_split(items, arguments.hmdb51_lists, arguments.number);
  if (!arguments.ucf101_lists.empty()) return data::ucf101_split(items, arguments.ucf101_lists, arguments.number);
  return data::stratified_split(items, recordings_of(arguments, items), *arguments.ratio, arguments.seed);
}

void run_split(const Arguments& arguments) {
  const int num_ways =
      (arguments.hmdb51_lists.empty() ? 0 : 1) + (arguments.ucf101_lists.empty() ? 0 : 1) + (arguments.ratio ? 1 : 0);
  if (num_ways != 1)
    throw base::UserError("dataset split: give one of --hmdb51-splits DIR, --ucf101-lists DIR and --ratio SHARE");
  std::vector<data::Item> items = clips_of(arguments.root);
  std::erase_if(items, [](const data::Item& item) {
    if (std::filesystem::exists(item.path)) return false;
    base::log_warning(item.path.string() + ": is a link to nothing, left out");
    return true;
  });
  const data::Split split = split_of(arguments, items);
  for (const std::string& warning : split.warnings) base::log_warning(warning);
  TerminalProgress progress;
  data::write_split(items, split, arguments.root, arguments.folder,
                    arguments.copy ? data::Placing::copy : data::Placing::link, progress);
  const std::string name = arguments.ratio ? "Split" : fmt::format("Split {}", arguments.number);
  const int64_t num_train = split.count(data::Side::train), num_test = split.count(data::Side::test);
  fmt::print("{}: \n Train: {}\n Test: {}\n", name, num_train, num_test);
  if (!arguments.ratio) return;
  const double share = static_cast<double>(num_test) / static_cast<double>(num_train + num_test);
  if (std::abs(share - *arguments.ratio) > kWorthSaying)
    base::log_info(
        fmt::format("{:.2f} of the clips are for testing, not {}: every class is parted by whole clips, "
                    "and clips of one recording stay together",
                    share, *arguments.ratio));
}

}  // namespace

void add_dataset_split(CLI::App& dataset) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = dataset.add_subcommand("split", "Parts a data set into OUT/train and OUT/test");
  verb->add_option("dataset", arguments->root, "Folder of class folders")->required()->type_name(kFolder);
  verb->add_option("out", arguments->folder, "Folder to make")->required()->type_name(kFolder);
  auto* hmdb51 =
      verb->add_option("--hmdb51-splits", arguments->hmdb51_lists, "HMDB51's folder of CLASS_test_splitN.txt")
          ->type_name(kFolder);
  auto* ucf101 = verb->add_option("--ucf101-lists", arguments->ucf101_lists, "UCF101's folder of trainlist0N.txt")
                     ->type_name(kFolder);
  verb->add_option("--split", arguments->number, "Number of the official split, 1 to 3")->capture_default_str();
  auto* ratio = verb->add_option("--ratio", arguments->ratio, "Share of every class to test with, e.g. 0.2");
  ratio->excludes(hmdb51)->excludes(ucf101);
  hmdb51->excludes(ucf101);
  verb->add_option("--seed", arguments->seed, "Decides which clips")
      ->check(check_seed, "")
      ->needs(ratio)
      ->capture_default_str();
  auto* group =
      verb->add_option("--group", arguments->group, "Regular expression whose one capture names the recording");
  group->needs(ratio);
  verb->add_option("--groups", arguments->groups, "CSV file with columns path,group")
      ->type_name(kFile)
      ->needs(ratio)
      ->excludes(group);
  verb->add_flag("--copy", arguments->copy, "Copies clips instead of linking to them");
  verb->footer(
      "Nothing is moved. Clips of one recording, as their names or --group tell it, stay on one side.\n"
      "Example: gerund dataset split hmdb51 hmdb51_split1 --hmdb51-splits testTrainMulti_7030_splits --split 1");
  verb->callback([arguments] { run_split(*arguments); });
}

}  // namespace gerund::cli
