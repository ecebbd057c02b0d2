// spec/collect.h - gathers what a file and its overrides give, by canonical key, whatever the dialect.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "spec/field_table.h"
#include "spec/value.h"

namespace gerund::spec {

/// The values given, by canonical key of their field.
using Settings = std::map<std::string, Value>;

/// Warnings, one per key and place.
class Notes {
 public:
  /// Says `note` of the key; a second note joins the first: "PLACE: KEY note; note".
  void add(const Value& value, const std::string& note);
  /// A warning about the file as a whole.
  void add_line(const std::string& line);
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> keys_;  ///< "PLACE: KEY" of each line.
  std::vector<std::string> lines_;
};

/// Threads: none. Throws UserError for unknown keys (with the nearest known one), values where a block belongs, and
/// settings that a file gives twice under two names.
class Collector {
 public:
  /// `table` and `notes` must outlive the collector. `verbs`: see dialect.h.
  Collector(const FieldTable& table, Notes& notes, std::set<std::string> verbs)
      : table_(table), notes_(notes), verbs_(std::move(verbs)) {}

  /// Adds the block at the top of a file. Call it once, before the overrides.
  void add_file(const Value& top) { add_block(top, ""); }
  /// Adds an override (parse_override): it replaces what was given; blocks and label maps are merged.
  void add_override(const Value& top);

  Settings& settings() { return settings_; }
  /// True when the file used an old name.
  bool file_is_old() const { return file_is_old_; }

 private:
  void add_block(const Value& block, const std::string& canonical);
  void add_entry(const Entry& entry, const std::string& block);
  void add_shape(const Value& shape, const std::vector<std::string>& targets);
  void assign(const std::string& key, const Value& value);
  void note(const Value& value, const std::vector<std::string>& targets);
  [[noreturn]] void refuse_unknown(const Entry& entry, const std::string& block) const;

  const FieldTable& table_;
  Notes& notes_;
  std::set<std::string> verbs_;
  Settings settings_;
  std::set<std::string> noted_;  ///< Keys whose lack of effect has been said.
  bool overriding_ = false;
  bool file_is_old_ = false;
};

}  // namespace gerund::spec
