#include "spec/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/files.h"
#include "spec/checks.h"
#include "spec/collect.h"
#include "spec/dialect.h"
#include "spec/field_table.h"
#include "spec/resolve.h"
#include "spec/yaml_file.h"

namespace gerund::spec {
namespace {

/// Reads every setting into its field, in the order of the table.
void read_fields(const FieldTable& table, const Settings& settings, Notes& notes) {
  for (const Field& field : table.fields()) {
    const auto given = settings.find(field.key);
    if (given == settings.end()) continue;
    const std::string note = read_member(field, given->second);
    if (!note.empty()) notes.add(given->second, note);
  }
}

/// The default spec as values, for references to keys that are not given.
const Value& defaults() {
  static const Value kDefaults = read_yaml(print(Experiment{}), "the defaults");
  return kDefaults;
}

/// Fields that need not be given, so that nobody asks for them by require().
bool may_be_open(const std::string& key) {
  constexpr std::array kEnds{"encryption_key",        "results_dir",     "cache_dir", "resume_training_checkpoint_path",
                             "pretrained_model_path", "export.onnx_file"};
  return std::ranges::any_of(kEnds, [&](const char* end) { return key.ends_with(end); });
}

}  // namespace

Loaded parse(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
             const std::vector<PlainSetting>& options) {
  const Value file = read_yaml(text, name);
  std::vector<Value> changes;
  std::set<std::string> verbs = verbs_beside(file);
  for (const std::string& override_text : overrides) {
    changes.push_back(parse_override(override_text));
    verbs.merge(verbs_beside(changes.back()));
  }
  for (const PlainSetting& option : options) changes.push_back(plain_value(option));

  Loaded loaded;
  const FieldTable table(loaded.experiment);
  Notes notes;
  Collector collector(table, notes, verbs);
  collector.add_file(file);
  for (const Value& change : changes) collector.add_override(change);

  Settings& settings = collector.settings();
  resolve_references(settings, defaults(), verbs);
  read_fields(table, settings, notes);
  check_experiment(loaded.experiment, settings, name);
  if (collector.file_is_old() && settings.count("model.model_type") == 0)
    notes.add_line(
        fmt::format("{}: model.model_type is not given: rgb is taken (releases before 5.5 took joint)", name));
  loaded.warnings = notes.lines();
  for (const auto& [key, value] : settings) loaded.given.push_back({key, value.text, value.place});
  return loaded;
}

Loaded load(const std::filesystem::path& path, const std::vector<std::string>& overrides,
            const std::vector<PlainSetting>& options) {
  return parse(base::read_file(path), path.string(), overrides, options);
}

std::vector<std::string> drop_placeholders(Experiment& experiment) {
  std::vector<std::string> keys;
  const FieldTable table(experiment);
  Experiment untouched;
  const FieldTable defaults(untouched);
  for (const Field& field : table.fields()) {
    if (!may_be_open(field.key)) continue;
    const auto* text = std::get_if<std::string*>(&field.member);
    const auto* optional = std::get_if<std::optional<std::string>*>(&field.member);
    if (text != nullptr && is_placeholder(**text)) {
      **text = *std::get<std::string*>(defaults.find(field.key)->member);
    } else if (optional != nullptr && **optional && is_placeholder(***optional)) {
      (*optional)->reset();
    } else {
      continue;
    }
    keys.push_back(field.key);
  }
  return keys;
}

const std::string& require(const std::optional<std::string>& value, const std::string& key) {
  if (!value || value->empty() || is_placeholder(*value))
    throw base::UserError(
        fmt::format("{} is not given; set {} in the spec or {}=VALUE on the command line", key, key, key));
  return *value;
}

}  // namespace gerund::spec
