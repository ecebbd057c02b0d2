// cli/man_page.h - the manual page of a program, gerund(1) or gerund-runtime(1).
#pragma once

#include <string>

#include "cli/verb_tree.h"

namespace gerund::cli {

/// In the man macros of roff, ASCII where the help texts are. The same program gives the same text.
std::string man_page(const VerbEntry& program, const std::string& name);

}  // namespace gerund::cli
