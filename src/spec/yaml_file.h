// spec/yaml_file.h - the text of a YAML file as untyped values with their lines. The only place that knows yaml-cpp.
#pragma once

#include <string>

#include "spec/value.h"

namespace gerund::spec {

/// The block at the top of one YAML document. `name` is the file's name in messages. Throws UserError with the line for
/// text that is not YAML, is empty, holds several documents, is not a block, gives a key twice, nests deeper than 32
/// levels or is larger than 1 MiB or 20000 values (aliases count each time they are used).
Value read_yaml(const std::string& text, const std::string& name);

}  // namespace gerund::spec
