#include <fmt/format.h>

#include "cli/man_page.h"
#include "cli/verbs.h"

namespace gerund::cli {

void add_man(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("man", "Prints the manual page");
  verb->footer("Example: gerund man > gerund.1 && man -l gerund.1");
  verb->callback([&app] { fmt::print("{}", man_page(read_verbs(app), program_name())); });
}

}  // namespace gerund::cli
