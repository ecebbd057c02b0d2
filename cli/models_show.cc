#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/models_catalogue.h"
#include "cli/models_verbs.h"
#include "cli/values.h"

namespace gerund::cli {
namespace {

struct Arguments {
  std::string name;
  bool json = false;
};

std::string text_of(const catalogue::Catalogue& catalogue, const catalogue::Entry& entry) {
  std::string text = fmt::format("{}: {}\n", entry.name, entry.summary);
  const auto line = [&](const char* name, const std::string& value) {
    text += fmt::format("  {:<14}{}\n", name, value);
  };
  line("network", network_text(entry.network));
  line("classes", fmt::format("{} ({})", fmt::join(entry.classes, ", "), entry.classes.size()));
  for (const catalogue::Accuracy& accuracy : entry.accuracies) {
    line("accuracy", fmt::format("{:.1f} % of {} clips: {}", 100 * accuracy.value, accuracy.num_clips, accuracy.split));
    line("", accuracy.command);
  }
  line("parameters", count_text(entry.parameters));
  line("multiply-adds", count_text(entry.multiply_adds) + " per clip");
  line("licence", entry.licence);
  line("size", fmt::format("{} ({} bytes)", size_text(entry.num_bytes), entry.num_bytes));
  line("sha256", entry.sha256);
  const std::string where = where_text(catalogue, entry);
  line("file", where.empty() ? entry.file + " (not here yet)"
                             : fmt::format("{} ({})", catalogue.path_of(entry).string(), where));
  const auto recipe = nlohmann::ordered_json::parse(entry.recipe);
  bool is_first = true;
  for (const auto& [key, value] : recipe.items()) {
    line(is_first ? "recipe" : "", fmt::format("{}: {}", key, value.dump()));
    is_first = false;
  }
  for (size_t i = 0; i < entry.made_by.size(); ++i) line(i == 0 ? "made by" : "", entry.made_by[i]);
  return text;
}

void run_show(const Arguments& arguments) {
  const catalogue::Catalogue catalogue = open_catalogue();
  const catalogue::Entry& entry = catalogue::entry_named(catalogue.index(), arguments.name);
  fmt::print("{}", arguments.json ? catalogue::print_entry(entry) : text_of(catalogue, entry));
}

}  // namespace

void add_models_show(CLI::App& models) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = models.add_subcommand("show", "Says all that the catalogue knows of a network");
  CLI::Option* name = verb->add_option("name", arguments->name, "As gerund models list shows it");
  set_word_kinds(*name->required()->type_name("NAME"), {false, Keys::none});
  verb->add_flag("--json", arguments->json, "One JSON object on stdout");
  verb->footer("Example: gerund models show drawn_base_3d");
  verb->callback([arguments] { run_show(*arguments); });
}

}  // namespace gerund::cli
