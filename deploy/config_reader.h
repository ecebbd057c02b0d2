// deploy/config_reader.h - puts the values of a file of gerund's own, and of overrides after it, into an AppConfig.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "deploy/config_fields.h"
#include "spec/value.h"

namespace gerund::deploy {

/// Threads: none. Call read() for the file and for each override in turn, then finish() once.
class ConfigReader {
 public:
  /// `config` is changed, where it stands, by what is read. It and `warnings` must outlive the reader. `name` stands in
  /// messages about the whole.
  ConfigReader(AppConfig& config, std::string name, std::vector<std::string>& warnings);

  /// `top` is the block at the top of a file or of an override. Relative paths are looked for in `folder` and in the
  /// working folder; without it they stay as they are. Throws UserError for unknown keys, wrong types and ranges.
  void read(const spec::Value& top, const std::optional<std::filesystem::path>& folder);
  /// Stores what was read, and checks what no field can check by itself. Throws UserError.
  void finish();

 private:
  void read_top(const spec::Entry& entry);
  void read_block(const spec::Value& block, const std::string& name, const FieldSet& set);
  void read_field(const spec::Field& field, const spec::Value& given);
  void read_recipe(const spec::Value& block);
  void read_sources(const spec::Value& list);
  SourceConfig read_source(const spec::Value& item);
  void read_regions(const spec::Value& list, SourceConfig& source);
  bool read_item_key(const spec::Entry& entry, const FieldSet& set);
  void check_recipe() const;
  void check_numbers() const;
  [[noreturn]] void refuse(const std::string& key, const std::string& message) const;
  std::string resolved(const spec::Value& value, const std::string& named);
  void note(const spec::Value& value, const std::string& text);

  AppConfig& config_;
  std::string name_;
  std::vector<std::string>& warnings_;
  std::optional<std::filesystem::path> folder_;
  bool is_new_recipe_;  ///< The configuration had none: all that matters must be given.
  bool has_recipe_ = false;
  clip::Recipe recipe_;
  FieldSet fields_;
  FieldSet recipe_fields_;
  spec::Value recipe_block_;
  std::map<std::string, spec::Value> given_;  ///< By key, for messages.
};

}  // namespace gerund::deploy
