#include "cli/output_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

fs::path real_path(const fs::path& path) {
  std::error_code error;  // The pipe behind /dev/stdout has no path.
  const fs::path real = fs::weakly_canonical(fs::absolute(path), error);
  return error ? fs::absolute(path) : real;
}

}  // namespace

void check_output_names(const std::vector<NamedOutput>& outputs, std::vector<fs::path> kept) {
  for (fs::path& path : kept) path = real_path(path);
  for (const auto& [option, name] : outputs) {
    if (name.empty() || name == "-") continue;
    std::error_code error;
    if (fs::is_directory(name, error))
      throw base::UserError(fmt::format("{} {}: is a folder; a file is wanted", option, name));
    const fs::path path = real_path(name);
    if (std::ranges::find(kept, path) != kept.end())
      throw base::UserError(
          fmt::format("{} {}: is read or written by this very command; choose another name", option, name));
    kept.push_back(path);
  }
}

}  // namespace gerund::cli
