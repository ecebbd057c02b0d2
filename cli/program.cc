#include "cli/program.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "cli/verbs.h"

namespace gerund::cli {
namespace {

constexpr int kWrongLine = 2;
constexpr std::array kVerbs{add_train,    add_evaluate, add_infer, add_export, add_spec,
                            add_describe, add_bench,    add_synth, add_demo};

}  // namespace

int run_program(const std::vector<std::string>& words) {
  CLI::App app("gerund teaches a computer to name what people are doing in video.", "gerund");
  app.set_version_flag("--version", "gerund " GERUND_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  for (const auto& add : kVerbs) add(app);
  std::vector<std::string> reversed(words.rbegin(), words.rend());  // As CLI11 wants them.
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongLine;
  }
  return 0;
}

}  // namespace gerund::cli
