// cli/program.h - the program as a function of its words.
#pragma once

#include <string>
#include <vector>

namespace gerund::cli {

/// Thrown by a verb that has said all there is to say about how it ended.
struct ExitCode {
  int value = 0;
};

/// Runs `gerund WORDS...`. Returns the exit code of what CLI11 itself answers (0 for help, 2 for a wrong line) and of
/// ExitCode; throws what else the verb throws.
int run_program(const std::vector<std::string>& words);

}  // namespace gerund::cli
