// cli/verb_tree.h - the verbs, options and words of the program as plain data, read out of what CLI11 was told. Shell
// completion and the man page are written from it, so that neither says anything by itself.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/values.h"

namespace gerund::cli {

struct OptionEntry {
  std::vector<std::string> names;  ///< With their dashes, short ones first.
  std::string type;                ///< "FILE", "2d|3d"; "" of a flag.
  std::string default_text;        ///< "" where there is none to show.
  std::string help;
  bool repeats = false;  ///< Takes several values.
  Values values;
};

struct WordEntry {
  std::string name;
  std::string help;
  bool required = false;
  bool repeats = false;
  Values values;
};

/// The program itself, or a verb of it. Hidden verbs and options are left out.
struct VerbEntry {
  std::vector<std::string> path;  ///< {"dataset", "import"}; of the program {}.
  std::vector<std::string> aliases;
  std::string help;
  std::string footer;
  std::vector<OptionEntry> options;
  std::vector<WordEntry> words;
  std::vector<VerbEntry> verbs;
};

/// `app` is the program with all its verbs.
VerbEntry read_verbs(CLI::App& app);

/// The program and all verbs below it, each before its own verbs.
std::vector<const VerbEntry*> flatten(const VerbEntry& program);

/// A key of key=value words.
struct KeyEntry {
  std::string key;
  std::vector<std::string> choices;  ///< Empty: not fixed.
  std::string help;
};

/// Those of a spec that have an effect, or those of deploy's config.
std::vector<KeyEntry> keys_of(Keys keys);

/// 'text' for a POSIX shell, zsh or fish, whatever is in it.
std::string in_quotes(const std::string& text);

}  // namespace gerund::cli
