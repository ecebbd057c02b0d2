// spec/dialect.h - the key names of older releases and what they are called now.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "spec/value.h"

namespace gerund::spec {

/// One key of the old dialect. A key of several verbs goes to the verbs whose own old keys stand beside it, else to
/// all.
struct OldName {
  std::string old;               ///< Dotted, with the block's new name: "train.epochs".
  std::vector<std::string> now;  ///< Canonical keys.
};

/// {"model_config", "model"}, ...: every key inside keeps its name or is in old_names().
const std::vector<OldName>& old_blocks();
const std::vector<OldName>& old_names();

/// The height and the width, as a list of two: "dataset.output_shape".
inline constexpr const char* kOutputShape = "dataset.output_shape";

/// The verbs ("evaluate", "inference", "export") that top-level keys of the old dialect in `block` speak of.
std::set<std::string> verbs_beside(const Value& block);

/// The canonical keys of `key`, whose block has been made canonical already; `key` itself where it is no old name.
/// "model" is an old name only with a scalar value: a checkpoint.
std::vector<std::string> current_names(const std::string& key, Value::Kind kind, const std::set<std::string>& verbs);

/// `key` of either dialect as one canonical key (the first, where an old name stands for several).
std::string canonical_key(const std::string& key, const std::set<std::string>& verbs);

/// OldName::old as files have it: "dataset_config.output_shape" for "dataset.output_shape".
std::string as_written(const std::string& old);

/// The first key of today of the old name in some block whose last part is `last_part` (epochs: train.num_epochs); ""
/// for others.
std::string now_of(const std::string& last_part);

/// The old names of keys directly in a canonical block ("" is the top), without the block: {"epochs"}.
std::vector<std::string> old_names_in(const std::string& block);

}  // namespace gerund::spec
