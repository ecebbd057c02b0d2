#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "cli/models_catalogue.h"
#include "cli/models_verbs.h"
#include "cli/terminal.h"
#include "cli/values.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string name;
  std::string folder;
  bool force = false;
};

fs::path target_of(const Arguments& arguments, const catalogue::Catalogue& catalogue, const catalogue::Entry& entry) {
  if (arguments.folder.empty()) return catalogue.path_of(entry);
  fs::path target = fs::path(arguments.folder) / fs::path(entry.file).filename();
  const bool is_other = fs::exists(target) && !catalogue::is_right(target, catalogue::wanted_of(entry));
  if (is_other && !arguments.force)
    throw base::UserError(
        fmt::format("{} already exists and is another file; choose another folder or add --force", target.string()));
  return target;
}

void run_pull(const Arguments& arguments) {
  const catalogue::Catalogue catalogue = open_catalogue();
  const catalogue::Entry& entry = catalogue::entry_named(catalogue.index(), arguments.name);
  const fs::path target = target_of(arguments, catalogue, entry);
  const bool was_here = catalogue.state_of(entry) == catalogue::State::right && target == catalogue.path_of(entry);
  TerminalProgress progress;
  const bool is_fetched = !was_here && (arguments.folder.empty() ? (catalogue.obtain(entry, progress), true)
                                                                 : catalogue.obtain_as(entry, target, progress));
  if (!is_fetched) base::log_info(fmt::format("{} is here already, and its SHA-256 is right", entry.name));
  fmt::print("{}\n", target.string());
}

}  // namespace

void add_models_pull(CLI::App& models) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = models.add_subcommand("pull", "Fetches a network of the catalogue and checks it");
  CLI::Option* name = verb->add_option("name", arguments->name, "As gerund models list shows it");
  set_word_kinds(*name->required()->type_name("NAME"), {false, Keys::none});
  verb->add_option("--to", arguments->folder, "Folder for the file; default: the cache, $XDG_CACHE_HOME/gerund/models")
      ->type_name(kFolder);
  verb->add_flag("--force", arguments->force, "With --to: overwrites another file of that name");
  verb->footer(
      "What was interrupted goes on where it stopped. Other verbs take catalogue:NAME in place of a checkpoint's "
      "path.\n"
      "Example: gerund models pull drawn_base_3d");
  verb->callback([arguments] { run_pull(*arguments); });
}

}  // namespace gerund::cli
