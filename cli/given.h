// cli/given.h - where the settings of this run were given, for errors that come long after the spec was read.
#pragma once

#include <string>
#include <vector>

#include "spec/load.h"

namespace gerund::cli {

/// Keeps the settings of the spec that this run follows.
void remember_given(std::vector<spec::Given> given);

/// Whether the user said anything of this key, be it the default.
bool was_given(const std::string& key);

/// An error that begins with a setting's key, or with its value where that is a path, with place and key before it:
/// "clips: does not exist" as "spec.yaml:4: dataset.train_dataset_dir: clips: does not exist". Others unchanged.
std::string with_place(const std::string& message);

}  // namespace gerund::cli
