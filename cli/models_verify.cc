#include <fmt/format.h>

#include <memory>

#include "cli/models_catalogue.h"
#include "cli/models_verbs.h"
#include "cli/program.h"
#include "cli/values.h"

namespace gerund::cli {
namespace {

constexpr int kFindings = 1;

void run_verify(const std::string& name) {
  const catalogue::Catalogue catalogue = open_catalogue();
  const std::string index = catalogue::place_of(catalogue.source(), catalogue::kIndexFile);
  fmt::print("{}: signed, {}\n", index, catalogue.signature_comment());
  std::vector<catalogue::Entry> entries = catalogue.index().entries;
  if (!name.empty()) entries = {catalogue::entry_named(catalogue.index(), name)};
  bool is_altered = false;
  for (const catalogue::Entry& entry : entries) {
    const catalogue::State state = catalogue.state_of(entry);
    if (state == catalogue::State::altered) is_altered = true;
    if (state == catalogue::State::absent) {
      fmt::print("{}: not here\n", entry.name);
      continue;
    }
    fmt::print("{}: {}\n", catalogue.path_of(entry).string(),
               state == catalogue::State::right ? "right"
               : catalogue.source().is_shipped
                   ? "ALTERED: not the file that was signed; install it anew"
                   : "ALTERED: not the file that was signed; gerund models pull " + entry.name + " fetches it anew");
  }
  if (is_altered) throw ExitCode{kFindings};
}

}  // namespace

void add_models_verify(CLI::App& models) {
  auto name = std::make_shared<std::string>();
  CLI::App* verb = models.add_subcommand("verify", "Checks the signature of the catalogue and what is here of it");
  CLI::Option* word = verb->add_option("name", *name, "Only this network; default: all");
  set_word_kinds(*word->type_name("NAME"), {false, Keys::none});
  verb->footer(
      "Exit code 0: all that is here is right, 1: a file was altered, 2: the index is not signed as it must be.");
  verb->callback([name] { run_verify(*name); });
}

}  // namespace gerund::cli
