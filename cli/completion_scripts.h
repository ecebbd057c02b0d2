// cli/completion_scripts.h - what a shell needs to complete the line: verbs, options, values, files, key=value. The
// scripts stand by themselves and do not run the program.
#pragma once

#include <string>

#include "cli/verb_tree.h"

namespace gerund::cli {

/// For bash 4.4 or newer; needs nothing of the package bash-completion.
std::string bash_completion(const VerbEntry& program);
/// For zsh: a file _gerund in a folder of $fpath.
std::string zsh_completion(const VerbEntry& program);
/// For fish.
std::string fish_completion(const VerbEntry& program);

}  // namespace gerund::cli
