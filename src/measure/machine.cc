#include "measure/machine.h"

#include <cstdlib>
#include <fstream>
#include <string>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace gerund::measure {
namespace {

std::optional<int64_t> status_bytes(const std::string& key) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + ":")) return int64_t{1024} * std::strtoll(line.c_str() + key.size() + 1, nullptr, 10);
  }
  return std::nullopt;
}

}  // namespace

std::optional<int64_t> resident_bytes() {
  return status_bytes("VmRSS");
}

std::optional<int64_t> peak_resident_bytes() {
  return status_bytes("VmHWM");
}

void reset_peak() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  // "5" sets VmHWM to what is held now: proc(5).
  std::ofstream("/proc/self/clear_refs") << "5";
}

}  // namespace gerund::measure
