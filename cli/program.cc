#include "cli/program.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/nearest.h"
#include "cli/verbs.h"

namespace gerund::cli {
namespace {

constexpr int kWrongLine = 2;
constexpr std::array kVerbs{add_train, add_sweep,    add_find_lr, add_evaluate,   add_infer,  add_export,
                            add_spec,  add_describe, add_bench,   add_deploy,     add_parity, add_synth,
                            add_demo,  add_models,   add_dataset, add_completion, add_man};

/// CLI11 would only say that a verb is missing.
void check_verb(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty() || words[0].starts_with("-")) return;
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands({})) {
    if (verb->check_name(words[0])) return;  // Its name or an alias.
    names.push_back(verb->get_name());
  }
  throw base::UserError(fmt::format("'{}' is no verb of gerund; did you mean '{}'? gerund --help lists them", words[0],
                                    base::nearest_name(words[0], names)));
}

}  // namespace

int run_program(const std::vector<std::string>& words) {
  CLI::App app("gerund teaches a computer to name what people are doing in video.", "gerund");
  app.set_version_flag("--version", "gerund " GERUND_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  for (const auto& add : kVerbs) add(app);
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return fmt::format("error: {}\nRun with --help for more information.\n", error.what());
  });
  check_verb(app, words);
  std::vector<std::string> reversed(words.rbegin(), words.rend());  // As CLI11 wants them.
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongLine;
  } catch (const ExitCode& code) {
    return code.value;
  }
  return 0;
}

}  // namespace gerund::cli
