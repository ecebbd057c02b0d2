#include <fmt/format.h>

#include "deploy/config_fields.h"
#include "deploy/config_file.h"
#include "spec/print.h"

namespace gerund::deploy {
namespace {

/// "events.alpha" without the section.
std::string name_of(const spec::Field& field) {
  return field.key.substr(field.key.rfind('.') + 1);
}

std::string section_of(const spec::Field& field) {
  const size_t dot = field.key.rfind('.');
  return dot == std::string::npos ? "" : field.key.substr(0, dot);
}

std::string help_line(const spec::Field& field, const std::string& indent) {
  const std::string allowed = spec::allowed_text(field);
  return fmt::format("{}# {}{}\n", indent, field.help, allowed.empty() ? "" : fmt::format(" ({})", allowed));
}

std::string field_line(const spec::Field& field, const std::string& indent) {
  return fmt::format("{}{}: {}\n", indent, name_of(field), spec::value_text(field));
}

/// The fields of one section, each under its meaning.
std::string section_text(const FieldSet& set, const std::string& section, const std::string& indent) {
  std::string text;
  for (const spec::Field& field : set.fields()) {
    if (section_of(field) == section) text += help_line(field, indent) + field_line(field, indent);
  }
  return text;
}

/// One item of a list: its first line starts with a dash.
std::string item_text(const FieldSet& set, const std::string& indent) {
  std::string text;
  for (const spec::Field& field : set.fields()) text += field_line(field, text.empty() ? indent + "- " : indent + "  ");
  return text;
}

std::string recipe_text(const std::optional<clip::Recipe>& recipe) {
  if (!recipe) return "recipe: null\n";
  clip::Recipe copy = *recipe;
  return "recipe:\n" + section_text(recipe_fields(copy), "recipe", "  ");
}

std::string sources_text(const std::vector<SourceConfig>& sources) {
  if (sources.empty()) return "sources: []\n";
  std::string text = "sources:\n";
  for (SourceConfig source : sources) {
    text += item_text(source_fields(source), "  ");
    text += source.regions.empty() ? "    regions: []\n" : "    regions:\n";
    for (RegionConfig& region : source.regions) text += item_text(region_fields(region), "      ");
  }
  return text;
}

std::string reference_rows(const FieldSet& set, const std::string& section) {
  std::string text = "\n| key | type | default | allowed | what it does |\n| --- | --- | --- | --- | --- |\n";
  for (const spec::Field& field : set.fields()) {
    if (section_of(field) != section) continue;
    text += fmt::format("| `{}` | {} | `{}` | {} | {} |\n", name_of(field), spec::type_name(field),
                        spec::value_text(field), spec::allowed_text(field), field.help);
  }
  return text;
}

constexpr const char* kIntroduction = R"(# The configuration of `gerund deploy`: every key

Made from the field table (`deploy/config_fields.cc`) by `deploy::config_reference()`; a test keeps it up to date.

A file needs only the keys that differ from the defaults below. On the command line `window.stride=4` replaces a value, and
`sources=[a.mp4,rtsp://camera/1]` a list. `${NAME}` is the value of an environment variable, `\${` a plain `${`. Relative paths are
tried from the folder of the file, then from the working folder. An unknown key, a wrong type or a value out of range ends the
program with exit code 2 and a message with the file, the line, the value and what is allowed.
)";

}  // namespace

std::string print_config(const AppConfig& config) {
  AppConfig copy = config;
  const FieldSet fields = config_fields(copy);
  std::string text = "# What `gerund deploy` was told, with every default.\n";
  for (const auto& [section, help] : section_help()) {
    if (section == "regions") continue;
    text += fmt::format("\n# {}\n", help);
    if (section == "recipe") {
      text += recipe_text(config.recipe);
    } else if (section == "sources") {
      text += sources_text(config.sources);
    } else {
      if (!section.empty()) text += section + ":\n";
      text += section_text(fields, section, section.empty() ? "" : "  ");
    }
  }
  return text;
}

std::string config_reference() {
  AppConfig defaults;
  clip::Recipe recipe = default_recipe();
  SourceConfig source;
  RegionConfig region;
  const FieldSet fields = config_fields(defaults);
  std::string text = kIntroduction;
  for (const auto& [section, help] : section_help()) {
    text += fmt::format("\n## {}\n\n{}\n", section.empty() ? "Top" : section, help);
    if (section == "recipe") {
      text += reference_rows(recipe_fields(recipe), section);
    } else if (section == "sources") {
      text += reference_rows(source_fields(source), "");
    } else if (section == "regions") {
      text += reference_rows(region_fields(region), "");
    } else {
      text += reference_rows(fields, section);
    }
  }
  return text;
}

}  // namespace gerund::deploy
