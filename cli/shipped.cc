#include "cli/shipped.h"

namespace gerund::cli {

namespace fs = std::filesystem;

std::optional<fs::path> find_shipped(const std::string& name) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return std::nullopt;
  if (const fs::path file = program.parent_path().parent_path() / "share" / "gerund" / name; fs::exists(file))
    return file;
  for (fs::path folder = program.parent_path(); folder != folder.parent_path(); folder = folder.parent_path())
    if (fs::exists(folder / name)) return folder / name;
  return std::nullopt;
}

}  // namespace gerund::cli
