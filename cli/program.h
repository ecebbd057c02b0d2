// cli/program.h - the program as a function of its words.
#pragma once

#include <string>
#include <vector>

namespace gerund::cli {

/// Runs `gerund WORDS...`. Returns the exit code of what CLI11 itself answers (0 for help, 2 for a wrong line); throws
/// what the verb throws.
int run_program(const std::vector<std::string>& words);

}  // namespace gerund::cli
