#include "deploy/config_reader.h"

#include <fmt/format.h>

#include <set>

#include "base/error.h"
#include "base/nearest.h"
#include "deploy/config_text.h"
#include "deploy/label_file.h"

namespace gerund::deploy {
namespace {

using base::UserError;
using spec::Entry;
using spec::Value;

constexpr double kRounding = 1e-9;

void require_block(const Value& value) {
  if (value.kind != Value::Kind::kMap) fail(value, fmt::format("{} is not a block of keys", describe(value)));
}

[[noreturn]] void refuse_unknown(const Entry& entry, const std::string& block, const std::vector<std::string>& known) {
  const std::string where = block.empty() ? "at the top level" : "in " + block;
  throw UserError(fmt::format("{}: unknown key '{}' {}; did you mean '{}'?", entry.value.place,
                              spec::excerpt(entry.key), where, base::nearest_name(spec::excerpt(entry.key), known)));
}

/// The names of keys directly in a section ("" is the top).
std::vector<std::string> names_in(const std::string& section, const FieldSet& set) {
  const std::string prefix = section.empty() ? "" : section + ".";
  std::vector<std::string> names;
  for (const spec::Field& field : set.fields()) {
    if (!field.key.starts_with(prefix)) continue;
    const std::string name = field.key.substr(prefix.size());
    if (name.find('.') == std::string::npos) names.push_back(name);
  }
  return names;
}

std::vector<std::string> names_at_top(const FieldSet& set) {
  std::vector<std::string> names = names_in("", set);
  for (const auto& [section, help] : section_help()) {
    if (!section.empty() && section != "regions") names.push_back(section);
  }
  return names;
}

void check_region(const Value& item, const RegionConfig& region) {
  if (region.id.empty()) fail(item, "has an empty id; give it a name");
  if (region.id.find(';') != std::string::npos) fail(item, fmt::format("has the id '{}'; ids hold no ';'", region.id));
  if (region.in_pixels) return;
  if (region.x + region.width > 1 + kRounding || region.y + region.height > 1 + kRounding)
    fail(item, fmt::format("reaches to {} x {} of the picture; allowed: 1 x 1, or in_pixels: true for pixels",
                           region.x + region.width, region.y + region.height));
}

}  // namespace

ConfigReader::ConfigReader(AppConfig& config, std::string name, std::vector<std::string>& warnings)
    : config_(config),
      name_(std::move(name)),
      warnings_(warnings),
      is_new_recipe_(!config.recipe.has_value()),
      recipe_(config.recipe.value_or(default_recipe())),
      fields_(config_fields(config)),
      recipe_fields_(recipe_fields(recipe_)) {}

void ConfigReader::read(const Value& top, const std::optional<std::filesystem::path>& folder) {
  folder_ = folder;
  if (top.kind == Value::Kind::kNull) return;
  require_block(top);
  for (const Entry& entry : top.entries) read_top(entry);
}

void ConfigReader::finish() {
  fields_.store();
  recipe_fields_.store();
  if (has_recipe_) config_.recipe = recipe_;
  if (has_recipe_ && is_new_recipe_) check_recipe();
  check_numbers();
}

void ConfigReader::read_top(const Entry& entry) {
  const spec::Field* field = fields_.find(entry.key);
  if (entry.key == "sources") {
    read_sources(entry.value);
  } else if (entry.key == "recipe") {
    read_recipe(entry.value);
  } else if (!names_in(entry.key, fields_).empty()) {
    read_block(entry.value, entry.key, fields_);
  } else if (field != nullptr && entry.key.find('.') == std::string::npos) {
    read_field(*field, entry.value);
  } else {
    refuse_unknown(entry, "", names_at_top(fields_));
  }
}

void ConfigReader::read_block(const Value& block, const std::string& name, const FieldSet& set) {
  if (block.kind == Value::Kind::kNull) return;
  require_block(block);
  for (const Entry& entry : block.entries) {
    const spec::Field* field = set.find(spec::join_key(name, entry.key));
    if (field == nullptr) refuse_unknown(entry, name, names_in(name, set));
    read_field(*field, entry.value);
  }
}

void ConfigReader::read_field(const spec::Field& field, const Value& given) {
  const Value value = expand_environment(given);
  given_[field.key] = value;
  if (field.key == "labels" && value.kind == Value::Kind::kScalar) {
    config_.labels = read_labels(resolved(value, value.text));
    return;
  }
  note(value, read_member(field, value));
  if (field.key == "model") config_.model = resolved(value, config_.model);
}

void ConfigReader::read_recipe(const Value& block) {
  has_recipe_ = block.kind != Value::Kind::kNull;
  if (!has_recipe_) {
    config_.recipe.reset();
    is_new_recipe_ = true;
  }
  recipe_block_ = block;
  read_block(block, "recipe", recipe_fields_);
}

void ConfigReader::read_sources(const Value& list) {
  config_.sources.clear();
  if (list.kind == Value::Kind::kNull) return;
  if (list.kind != Value::Kind::kList)
    fail(list, fmt::format("{} is not a list; write one '- uri: ...' per source", describe(list)));
  std::map<std::string, std::string> places;  // of each name
  for (const Value& item : list.items) {
    SourceConfig source = read_source(item);
    const std::string name = source.name.empty() ? std::to_string(config_.sources.size()) : source.name;
    const auto [first, is_new] = places.emplace(name, item.place);
    if (!is_new)
      fail(item, fmt::format("is named '{}' like the source at {}; each needs its own name", spec::excerpt(name),
                             first->second));
    config_.sources.push_back(std::move(source));
  }
}

SourceConfig ConfigReader::read_source(const Value& item) {
  SourceConfig source;
  if (item.kind == Value::Kind::kScalar) {
    source.uri = expand_environment(item).text;
  } else {
    require_block(item);
    const FieldSet fields = source_fields(source);
    std::vector<std::string> known = names_in("", fields);
    known.emplace_back("regions");
    for (const Entry& entry : item.entries) {
      if (entry.key == "regions") {
        read_regions(entry.value, source);
      } else if (!read_item_key(entry, fields)) {
        refuse_unknown(entry, item.name, known);
      }
    }
  }
  if (source.uri.empty()) fail(item, "has no uri; write uri: file:///path/to/video.mp4");
  if (is_relative_path(source.uri)) source.uri = resolved(item, source.uri);
  return source;
}

void ConfigReader::read_regions(const Value& list, SourceConfig& source) {
  if (list.kind == Value::Kind::kNull) return;
  if (list.kind != Value::Kind::kList)
    fail(list, fmt::format("{} is not a list; write one '- id: ...' per region", describe(list)));
  std::set<std::string> ids;
  for (const Value& item : list.items) {
    require_block(item);
    RegionConfig region;
    region.id = std::to_string(source.regions.size());
    const FieldSet fields = region_fields(region);
    for (const Entry& entry : item.entries) {
      if (!read_item_key(entry, fields)) refuse_unknown(entry, item.name, names_in("", fields));
    }
    check_region(item, region);
    if (!ids.insert(region.id).second)
      fail(item, fmt::format("has the id '{}' of another region of this source; each needs its own",
                             spec::excerpt(region.id)));
    source.regions.push_back(std::move(region));
  }
}

/// Reads a key of a block that stands in a list; false where it is not known.
bool ConfigReader::read_item_key(const Entry& entry, const FieldSet& set) {
  const spec::Field* field = set.find(entry.key);
  if (field == nullptr) return false;
  note(entry.value, read_member(*field, expand_environment(entry.value)));
  return true;
}

void ConfigReader::check_recipe() const {
  for (const char* key : {"input_type", "num_frames", "height", "width", "mean", "std"}) {
    if (given_.count(std::string("recipe.") + key) == 0)
      fail(recipe_block_, fmt::format("does not say {}; a recipe says input_type, num_frames, height, width, mean and "
                                      "std at least",
                                      key));
  }
}

void ConfigReader::check_numbers() const {
  const auto is_below_zero = [](double number) { return number < 0 && number != -1; };
  if (is_below_zero(config_.window.sample_fps)) refuse("window.sample_fps", "allowed: -1, or 0 and above");
  if (is_below_zero(config_.events.exit_threshold)) refuse("events.exit_threshold", "allowed: -1, or 0..1");
  if (config_.events.threshold > 1 && !config_.exact)
    refuse("events.threshold", "allowed: 0..1; above it only with compat: exact");
  if (config_.events.exit_threshold > config_.events.threshold)
    refuse("events.exit_threshold", fmt::format("allowed: at most events.threshold, {}", config_.events.threshold));
  if (config_.output.width % 2 != 0) refuse("output.width", "allowed: even numbers");
  if (config_.output.height % 2 != 0) refuse("output.height", "allowed: even numbers");
}

void ConfigReader::refuse(const std::string& key, const std::string& message) const {
  const auto found = given_.find(key);
  if (found != given_.end()) fail(found->second, fmt::format("{} is out of range; {}", found->second.text, message));
  throw UserError(fmt::format("{}: {} is out of range; {}", name_, key, message));
}

/// The file that a relative path means, where it exists; else the path as it is.
std::string ConfigReader::resolved(const Value& value, const std::string& named) {
  if (!folder_ || named.empty()) return named;
  const FoundFile found = find_file(named, *folder_);
  if (found.is_in_working_folder)
    note(value, fmt::format("{} is taken from the working folder; the folder of this file has none", named));
  return found.exists ? found.path.string() : named;
}

void ConfigReader::note(const Value& value, const std::string& text) {
  if (!text.empty()) warnings_.push_back(fmt::format("{}: {}: {}", value.place, spec::excerpt(value.name), text));
}

}  // namespace gerund::deploy
