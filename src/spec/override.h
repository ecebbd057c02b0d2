// spec/override.h - what the command line says of a field, as a value: "a.b=value" after the grammar of Hydra's
// overrides, or the plain text of an option.
#pragma once

#include <string>

#include "spec/value.h"

namespace gerund::spec {

/// The nested block that `text` stands for: "a.b=1" gives {a: {b: 1}}. The first '=' ends the key, so values may hold
/// more. A leading '+' or '++' of the key is dropped. Values: null, 'quoted' or "quoted" text, [lists], {blocks: of
/// values}, and any other text as it is, where a backslash before one of \()[]{}:=,'" or a blank is dropped. Inside
/// quotes only backslashes before a quote are special: they are doubled, and one more escapes the quote. Every value
/// has place "override '...'". Throws UserError naming the override.
Value parse_override(const std::string& text);

/// A value that parse_override reads as `text`, whatever it holds: `text` itself where that is safe, else in quotes.
std::string quoted_value(const std::string& text);

/// A field as an option of its own gives it (-r DIR).
struct PlainSetting {
  std::string key;     ///< Dotted, of a field that takes text: "results_dir".
  std::string text;    ///< Taken as it is, UTF-8: no grammar, no ${references}.
  std::string option;  ///< For messages: "-r".
};

/// The nested block that `setting` stands for. Every value has the option as its place. Throws UserError for text that
/// is not UTF-8.
Value plain_value(const PlainSetting& setting);

}  // namespace gerund::spec
