// spec/field_table.h - the table of all fields of a spec, one line per field.
#pragma once

#include <string>
#include <vector>

#include "spec/experiment.h"
#include "spec/field.h"

namespace gerund::spec {

/// A field table in the canonical order, with members in one Experiment.
class FieldTable {
 public:
  /// `experiment` must outlive the table.
  explicit FieldTable(Experiment& experiment);

  const std::vector<Field>& fields() const { return fields_; }
  /// The field of a dotted canonical key, or nullptr.
  const Field* find(const std::string& key) const;
  /// True for a block: "train", "train.optim".
  bool is_block(const std::string& key) const;
  /// The names of fields and blocks directly in a block ("" is the top), in order.
  std::vector<std::string> names_in(const std::string& block) const;

 private:
  std::vector<Field> fields_;
};

/// What each block is for, in the canonical order: {"train.optim", "..."}; "" is the top.
const std::vector<std::pair<std::string, std::string>>& block_help();

}  // namespace gerund::spec
