#include "cli/models_catalogue.h"

#include <fmt/format.h>

#include "cli/shipped.h"
#include "cli/terminal.h"

namespace gerund::cli {

namespace fs = std::filesystem;

catalogue::Catalogue open_catalogue() {
  std::optional<fs::path> shipped = find_shipped("models/index.json");
  if (shipped) shipped = shipped->parent_path();
  return catalogue::Catalogue(catalogue::settings_of_environment(shipped));
}

fs::path local_model(const fs::path& path) {
  constexpr std::string_view kPrefix = "catalogue:";
  const std::string text = path.string();
  if (!text.starts_with(kPrefix)) return path;
  const catalogue::Catalogue catalogue = open_catalogue();
  TerminalProgress progress;
  return catalogue.obtain(catalogue::entry_named(catalogue.index(), text.substr(kPrefix.size())), progress);
}

std::string where_text(const catalogue::Catalogue& catalogue, const catalogue::Entry& entry) {
  switch (catalogue.state_of(entry)) {
    case catalogue::State::right:
      return catalogue.source().is_shipped ? "shipped" : "fetched";
    case catalogue::State::altered:
      return "altered";
    case catalogue::State::absent:
      break;
  }
  return "";
}

std::string network_text(const catalogue::Network& network) {
  return fmt::format("{} {}{}{}, width {}", network.backbone, network.input_type,
                     network.temporal == "causal" ? " causal" : "",
                     network.model_type == "rgb" ? "" : " " + network.model_type, network.width);
}

std::string size_text(int64_t num_bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(num_bytes) * 1e-6);
}

std::string count_text(int64_t count) {
  const auto number = static_cast<double>(count);
  return number >= 1e9 ? fmt::format("{:.2f} G", number * 1e-9) : fmt::format("{:.2f} M", number * 1e-6);
}

}  // namespace gerund::cli
