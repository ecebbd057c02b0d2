#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/models_catalogue.h"
#include "cli/models_verbs.h"

namespace gerund::cli {
namespace {

/// The accuracy that stands first in the index.
std::string accuracy_text(const catalogue::Entry& entry) {
  return entry.accuracies.empty() ? "" : fmt::format("{:.1f} %", 100 * entry.accuracies.front().value);
}

std::string table_of(const catalogue::Catalogue& catalogue) {
  size_t name_width = 4;
  for (const catalogue::Entry& entry : catalogue.index().entries) name_width = std::max(name_width, entry.name.size());
  const auto row = [&](const auto&... cells) {
    return fmt::format("{:<{}}  {:<30} {:>7} {:>8}  {:>13} {:>8}  {}\n", std::get<0>(std::tie(cells...)), name_width,
                       std::get<1>(std::tie(cells...)), std::get<2>(std::tie(cells...)),
                       std::get<3>(std::tie(cells...)), std::get<4>(std::tie(cells...)),
                       std::get<5>(std::tie(cells...)), std::get<6>(std::tie(cells...)));
  };
  std::string text = row("name", "network", "classes", "accuracy", "multiply-adds", "size", "here");
  for (const catalogue::Entry& entry : catalogue.index().entries)
    text += row(entry.name, network_text(entry.network), entry.classes.size(), accuracy_text(entry),
                count_text(entry.multiply_adds), size_text(entry.num_bytes), where_text(catalogue, entry));
  return text;
}

void run_list(bool json) {
  const catalogue::Catalogue catalogue = open_catalogue();
  fmt::print("{}", json ? catalogue::print_index(catalogue.index()) : table_of(catalogue));
}

}  // namespace

void add_models_list(CLI::App& models) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = models.add_subcommand("list", "Lists the networks of the catalogue");
  verb->add_flag("--json", *json, "The signed index, as JSON on stdout");
  verb->footer(
      "GERUND_CATALOGUE names another catalogue than the one that came with the program: a folder, file:///folder or\n"
      "https://host/folder; GERUND_CATALOGUE_KEY the public key file that its index is signed with "
      "(docs/catalogue.md).");
  verb->callback([json] { run_list(*json); });
}

}  // namespace gerund::cli
