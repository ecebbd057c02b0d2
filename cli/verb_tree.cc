#include "cli/verb_tree.h"

#include "deploy/app_config.h"
#include "deploy/config_fields.h"
#include "spec/field_table.h"

namespace gerund::cli {
namespace {

std::string type_of(const CLI::Option& option) {
  return option.get_items_expected_max() == 0 ? "" : option.get_type_name();
}

OptionEntry read_option(const CLI::Option& option) {
  OptionEntry entry;
  for (const std::string& name : option.get_snames()) entry.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) entry.names.push_back("--" + name);
  entry.type = type_of(option);
  if (!entry.type.empty()) entry.default_text = option.get_default_str();
  entry.help = option.get_description();
  entry.repeats = option.get_expected_max() > 1;
  entry.values = values_of_type(entry.type);
  return entry;
}

WordEntry read_word(CLI::Option& option) {
  WordEntry entry{option.get_name(true), option.get_description(), option.get_required(), option.get_expected_max() > 1,
                  values_of_type(option.get_type_name())};
  const WordKinds kinds = word_kinds(option);
  entry.values.files = kinds.files && entry.values.choices.empty() && !entry.values.folders;
  entry.values.keys = kinds.keys;
  return entry;
}

VerbEntry read_verb(CLI::App& app, const std::vector<std::string>& path) {
  VerbEntry entry{path, app.get_aliases(), app.get_description(), app.get_footer(), {}, {}, {}};
  for (CLI::Option* option : app.get_options([](CLI::Option*) { return true; })) {
    if (option->get_group().empty()) continue;
    if (option->get_positional()) {
      entry.words.push_back(read_word(*option));
    } else {
      entry.options.push_back(read_option(*option));
    }
  }
  for (CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; })) {
    if (verb->get_group().empty()) continue;
    std::vector<std::string> longer = path;
    longer.push_back(verb->get_name());
    entry.verbs.push_back(read_verb(*verb, longer));
  }
  return entry;
}

void append(const VerbEntry& verb, std::vector<const VerbEntry*>& all) {
  all.push_back(&verb);
  for (const VerbEntry& below : verb.verbs) append(below, all);
}

void append(const std::vector<spec::Field>& fields, std::vector<KeyEntry>& keys) {
  for (const spec::Field& field : fields) {
    if (!field.no_effect.empty()) continue;
    std::vector<std::string> choices = field.range.choices;
    if (std::holds_alternative<bool*>(field.member)) choices = {"true", "false"};
    keys.push_back({field.key, std::move(choices), field.help});
  }
}

}  // namespace

VerbEntry read_verbs(CLI::App& app) {
  return read_verb(app, {});
}

std::vector<const VerbEntry*> flatten(const VerbEntry& program) {
  std::vector<const VerbEntry*> all;
  append(program, all);
  return all;
}

std::vector<KeyEntry> keys_of(Keys keys) {
  std::vector<KeyEntry> entries;
  if (keys == Keys::spec) {
    spec::Experiment experiment;
    append(spec::FieldTable(experiment).fields(), entries);
  } else if (keys == Keys::config) {
    deploy::AppConfig config;
    const deploy::FieldSet fields = deploy::config_fields(config);
    append(fields.fields(), entries);
  }
  return entries;
}

std::string in_quotes(const std::string& text) {
  std::string quoted = "'";
  for (const char byte : text) quoted += byte == '\'' ? std::string("'\\''") : std::string(1, byte);
  return quoted + "'";
}

}  // namespace gerund::cli
