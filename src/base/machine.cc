#include "base/machine.h"

#include <climits>
#include <cstdlib>
#include <fstream>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace gerund::base {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos || !line.starts_with("model name")) continue;
    const size_t begin = line.find_first_not_of(" \t", colon + 1);
    if (begin != std::string::npos) return line.substr(begin);
  }
  return "unknown";
}

std::optional<std::filesystem::path> cache_folder() {
  const auto folder_in = [](const char* variable) -> std::optional<std::filesystem::path> {
    const char* value = std::getenv(variable);
    // The specification has relative paths ignored.
    if (value == nullptr || !std::filesystem::path(value).is_absolute()) return std::nullopt;
    return value;
  };
  if (const auto cache = folder_in("XDG_CACHE_HOME")) return *cache / "gerund";
  if (const auto home = folder_in("HOME")) return *home / ".cache" / "gerund";
  return std::nullopt;
}

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
#endif
}

void give_back_freed_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace gerund::base
