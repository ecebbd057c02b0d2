// spec/print.h - the value of a field as YAML text.
#pragma once

#include <string>

#include "spec/field.h"

namespace gerund::spec {

/// The value of the field on one line: "rgb", "[0.5, 0.5]", "null", "{}". A label map that is not empty has no line of
/// its own; it gives "".
std::string value_text(const Field& field);

}  // namespace gerund::spec
