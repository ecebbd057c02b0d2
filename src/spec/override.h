// spec/override.h - "a.b=value" of the command line as a value, after the grammar of Hydra's overrides.
#pragma once

#include <string>

#include "spec/value.h"

namespace gerund::spec {

/// The nested block that `text` stands for: "a.b=1" gives {a: {b: 1}}. The first '=' ends the key, so values may hold
/// more. A leading '+' or '++' of the key is dropped. Values: null, 'quoted' or "quoted" text, [lists], {blocks: of
/// values}, and any other text as it is, where a backslash before one of \()[]{}:=,'" or a blank is dropped. Every
/// value has place "override '...'". Throws UserError naming the override.
Value parse_override(const std::string& text);

}  // namespace gerund::spec
