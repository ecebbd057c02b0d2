// deploy/config_fields.h - the settings of `gerund deploy` as tables of fields: key, type, range, default and help,
// once. Reading, printing and the reference follow from them.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "deploy/app_config.h"
#include "spec/field.h"

namespace gerund::deploy {

/// Fields bound to the members of a struct, which must outlive the set. What spec::Field has no member type for (int,
/// enumerations) is held here until store().
class FieldSet {
 public:
  FieldSet() = default;
  FieldSet(FieldSet&&) = default;
  FieldSet& operator=(FieldSet&&) = default;
  FieldSet(const FieldSet&) = delete;
  FieldSet& operator=(const FieldSet&) = delete;

  template <typename T>
  void operator()(const char* key, T& member, spec::Range range, const char* help) {
    fields_.push_back({key, &member, std::move(range), help, ""});
  }
  void operator()(const char* key, int& member, spec::Range range, const char* help);
  /// An enumeration, or any type, by the names of its values.
  template <typename T>
  void named(const char* key, T& member, const std::vector<std::pair<T, std::string>>& names, const char* help);

  const std::vector<spec::Field>& fields() const& { return fields_; }
  const std::vector<spec::Field>& fields() const&& = delete;  // they would dangle
  /// The field of a dotted key, or nullptr.
  const spec::Field* find(const std::string& key) const;
  /// Puts what was read into the members.
  void store() const;

 private:
  std::vector<spec::Field> fields_;
  std::deque<int64_t> counts_;  // deques: members keep their places
  std::deque<std::string> names_;
  std::vector<std::function<void()>> stores_;
};

/// All settings but recipe and sources, keys dotted with their section: "window.stride".
FieldSet config_fields(AppConfig& config);
/// "recipe.num_frames", ...
FieldSet recipe_fields(clip::Recipe& recipe);
/// The keys of one item of `sources` but its regions.
FieldSet source_fields(SourceConfig& source);
/// The keys of one item of a source's `regions`.
FieldSet region_fields(RegionConfig& region);

/// The recipe that a file's `recipe` block changes: frames one after another, as a live stream has them.
clip::Recipe default_recipe();

/// What each section is for, in the order of the file; "" is the top.
const std::vector<std::pair<std::string, std::string>>& section_help();

}  // namespace gerund::deploy
