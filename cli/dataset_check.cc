#include <fmt/format.h>

#include <memory>

#include "cli/dataset_verbs.h"
#include "cli/program.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "data/check.h"

namespace gerund::cli {
namespace {

constexpr int kFindings = 1;

struct Arguments {
  std::filesystem::path root;
  std::filesystem::path test;
  data::CheckOptions check;
  int num_workers = 0;
  bool json = false;
};

void run_check(const Arguments& arguments) {
  TerminalProgress progress;
  const data::SurveyOptions options{true, workers_for(arguments.num_workers)};
  const std::vector<data::Item> items = clips_of(arguments.root);
  const std::vector<data::Item> test_items =
      arguments.test.empty() ? std::vector<data::Item>() : clips_of(arguments.test);
  const data::Survey survey = data::survey(items, options, progress);
  std::optional<data::Survey> test;
  if (!arguments.test.empty()) test = data::survey(test_items, options, progress);
  const std::vector<data::Finding> findings = data::check(survey, test, arguments.check);
  fmt::print("{}", arguments.json ? data::to_json(findings) + "\n" : data::to_text(findings));
  if (!findings.empty()) throw ExitCode{kFindings};
}

}  // namespace

void add_dataset_check(CLI::App& dataset) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = dataset.add_subcommand("check", "Finds what is wrong with a data set before a network learns it");
  verb->add_option("dataset", arguments->root, "Folder of class folders")->required()->type_name(kFolder);
  verb->add_option("--against", arguments->test, "Folder of the clips to test with")->type_name(kFolder);
  verb->add_option("--frames", arguments->check.min_frames, "Frames that a clip must have, as model.rgb_seq_length")
      ->capture_default_str();
  verb->add_option("--workers", arguments->num_workers, "Threads; 0: one per core")->capture_default_str();
  verb->add_flag("--json", arguments->json, "One JSON object on stdout");
  verb->footer(
      "Exit code 0: no findings, 1: findings.\n"
      "Example: gerund dataset check clips/train --against clips/test --frames 16");
  verb->callback([arguments] { run_check(*arguments); });
}

}  // namespace gerund::cli
