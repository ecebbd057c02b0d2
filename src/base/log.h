// base/log.h - messages for a person, on stderr.
#pragma once

#include <string_view>

namespace gerund::base {

/// One line of news. Threads: any.
void log_info(std::string_view message);

/// One line that deserves a look: something was skipped, mapped or has no effect. Threads: any.
void log_warning(std::string_view message);

/// Silences log_info (quiet) while warnings stay.
void set_quiet(bool quiet);

}  // namespace gerund::base
