#include "base/machine.h"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <system_error>

#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
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

double waited_for_processors() {
  double nanoseconds = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator task("/proc/self/task", error), end; !error && task != end;
       task.increment(error)) {
    std::ifstream file(task->path() / "schedstat");  // A thread that ends meanwhile has none any more.
    double ran = 0, waited = 0;
    if (file >> ran >> waited) nanoseconds += waited;
  }
  return nanoseconds / 1e6;
}

#ifdef __GLIBC__
namespace {

// Whether the system counts addresses as memory, and whether glibc fills what it frees.
bool addresses_cost_memory() {
  std::ifstream file("/proc/sys/vm/overcommit_memory");
  int mode = 0;
  return (file >> mode && mode == 2) || std::getenv("MALLOC_PERTURB_") != nullptr;
}

// The heap grows by a range of addresses, no memory yet, that is asked for and freed: allocations come from it.
void wish_for_large_pages() {
  if (addresses_cost_memory()) return;
  constexpr size_t kLargePage = size_t{2} << 20;
  const size_t num_bytes =
      static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) / 2 * static_cast<size_t>(sysconf(_SC_PAGESIZE));
  auto* range = static_cast<char*>(std::malloc(num_bytes));
  if (range == nullptr) return;
  const size_t before = (kLargePage - reinterpret_cast<uintptr_t>(range) % kLargePage) % kLargePage;
  if (before < num_bytes) madvise(range + before, (num_bytes - before) / kLargePage * kLargePage, MADV_HUGEPAGE);
  std::free(range);
}

}  // namespace
#endif

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);  // Never.
  // One heap for all threads: those of single threads go back to the system however they are told, and what one thread
  // fills and another frees comes as fresh pages each time.
  mallopt(M_ARENA_MAX, 1);
  wish_for_large_pages();
#endif
}

void give_back_freed_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace gerund::base
