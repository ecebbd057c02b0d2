// deploy/key_file.h - groups of key=value lines, the text form of DeepStream's configuration files (GKeyFile).
#pragma once

#include <string>
#include <vector>

#include "spec/value.h"

namespace gerund::deploy {

/// A block of groups, each a block of texts, as spec::read_yaml gives for the YAML form of the same file. Every value
/// has its place "NAME:LINE" and its key as its name; a group that is opened again goes on; of a key that is given
/// twice the last stands. Blanks around keys and values, "\r" at the end of a line and a byte order mark are dropped,
/// lines that start with '#' or ';' are comments. Values are raw: see list_of and plain_text.
///
/// Throws UserError with the line for text that is neither group, key=value nor comment, for keys before the first
/// group, and for more than 1 MiB or 20000 lines.
spec::Value parse_key_file(const std::string& text, const std::string& name);

/// The entry of `block` with this key, or nullptr.
const spec::Value* find_value(const spec::Value& block, const std::string& key);

/// `value` as a list of texts: "a;b;c;" has three items, "\;" is a ';' within one. What is a list already stays.
spec::Value list_of(const spec::Value& value);

/// `value` with GKeyFile's escapes \s \n \t \r \\ replaced.
spec::Value plain_text(const spec::Value& value);

/// `value` up to the first blank that a '#' follows: GKeyFile reads "network-color-format=0  # RGB" as 0.
spec::Value without_remark(const spec::Value& value);

}  // namespace gerund::deploy
