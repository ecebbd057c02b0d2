// base/machine.h - what the system says of this machine and its user.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace gerund::base {

/// The processor's name as the system gives it, or "unknown".
std::string processor_name();

/// Folder of what can be made again: $XDG_CACHE_HOME/gerund, else ~/.cache/gerund (XDG Base Directory Specification).
/// It need not exist. nullopt where neither variable is set.
std::optional<std::filesystem::path> cache_folder();

/// Milliseconds that the threads of this process which live now have waited for a processor while they had work, all
/// together, since each began (Linux: proc(5), schedstat). 0 where the system does not say.
double waited_for_processors();

/// Keeps what the process frees for its next allocations, from now on, where the C library (glibc) would give tensors
/// of megabytes back to the system, in one heap for all threads (call it before there are any), and wishes for pages of
/// 2 MiB for what comes: who allocates the same in every step spends much of the time on fresh pages and on looking up
/// small ones (docs/performance.md, Training step).
void keep_freed_memory();

/// Gives what the process has freed back to the system where the C library (glibc) keeps it for later.
void give_back_freed_memory();

}  // namespace gerund::base
