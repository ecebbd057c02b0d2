// spec/load.h - reads a spec file of either dialect, with overrides, into the canonical spec; and prints it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "spec/experiment.h"
#include "spec/override.h"

namespace gerund::spec {

/// A setting, and where it stands.
struct Given {
  std::string key;    ///< Dotted, of the new dialect.
  std::string text;   ///< Of its value; "" for lists and blocks.
  std::string place;  ///< "spec.yaml:12" or "override 'a.b=c'".
};

/// A spec and what was said about it on the way.
struct Loaded {
  Experiment experiment;
  std::vector<std::string> warnings;  ///< One for every key that was mapped from the old dialect or has no effect.
  std::vector<Given> given;           ///< In the order of the keys.
};

/// Parses the file, applies `overrides` ("a.b=value", hydra forms) and after them `options`, resolves ${a.b}, maps old
/// names, checks types and ranges. Throws UserError: file, line, key, value, what is allowed, nearest known key. "???"
/// and missing paths are not errors here.
Loaded load(const std::filesystem::path& path, const std::vector<std::string>& overrides,
            const std::vector<PlainSetting>& options = {});
/// The same from text; `name` stands in messages.
Loaded parse(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
             const std::vector<PlainSetting>& options = {});

/// The canonical YAML: every key in the order of docs/spec.md. parse(print(e)) gives e again.
std::string print(const Experiment& experiment);
/// The keys alone whose values are not the defaults; "" where there is none. parse() gives the experiment again too.
std::string print_changes(const Experiment& experiment);

/// As print(), without the keys that have no effect here and are at their defaults: read again, it warns of nothing
/// that the user did not write.
std::string print_used(const Experiment& experiment);

/// Dotted names of the fields that differ, in the order of docs/spec.md, e.g. {"train.num_epochs"}; a label_map counts
/// as one field.
std::vector<std::string> differing_keys(const Experiment& a, const Experiment& b);

/// The reference table of docs/spec.md, Markdown, from the same field table.
std::string reference_markdown();

/// The table of docs/from-tao.md: every key of TAO's specs, its name before 5.0, and what it does here, Markdown.
std::string moving_markdown();

/// Gives the key, folders of results and other texts that need not be given their defaults where they are "???" or
/// "??", which would be taken literally. Returns which, in the order of docs/spec.md. Those that must be given go
/// through require().
std::vector<std::string> drop_placeholders(Experiment& experiment);

/// The value of a mandatory field ("", "??" and "???" count as not given), or UserError naming `key` and how to give it
/// ("set evaluate.checkpoint in the spec or on the command line").
const std::string& require(const std::optional<std::string>& value, const std::string& key);

}  // namespace gerund::spec
