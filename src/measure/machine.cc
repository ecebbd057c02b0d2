#include "measure/machine.h"

#include <cstdlib>
#include <fstream>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace gerund::measure {
namespace {

/// The text after "KEY:" on the first line of `path` that begins with it; nullopt where there is none.
std::optional<std::string> find_line(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos || !line.starts_with(key)) continue;
    const size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return std::nullopt;
}

std::optional<int64_t> status_bytes(const char* key) {
  const std::optional<std::string> text = find_line("/proc/self/status", key);
  if (!text) return std::nullopt;
  return int64_t{1024} * std::strtoll(text->c_str(), nullptr, 10);
}

}  // namespace

std::string cpu_name() {
  return find_line("/proc/cpuinfo", "model name").value_or("unknown");
}

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
