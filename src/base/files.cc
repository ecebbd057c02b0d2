#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <regex>

#include "base/error.h"

namespace gerund::base {
namespace {

namespace fs = std::filesystem;

void flush_to_disk(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY);
  if (descriptor < 0) throw UserError(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno)));
  ::fsync(descriptor);
  ::close(descriptor);
}

void make_parent(const fs::path& path) {
  if (!path.has_parent_path()) return;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error)
    throw UserError(fmt::format("{}: the folder cannot be made: {}", path.parent_path().string(), error.message()));
}

}  // namespace

std::string read_file(const fs::path& path) {
  if (fs::is_directory(path)) throw UserError(fmt::format("{}: is a folder; a file is wanted", path.string()));
  std::ifstream in(path, std::ios::binary);
  if (!in) throw UserError(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
  constexpr size_t kLeast = 4096;  // Of what does not know its size, or gains more meanwhile.
  std::error_code unknown;
  const uintmax_t size = fs::file_size(path, unknown);
  std::string bytes;
  for (size_t have = 0, more = unknown ? kLeast : size + 1;; more = std::max(kLeast, have)) {
    bytes.resize(have + more);
    in.read(bytes.data() + have, static_cast<std::streamsize>(more));
    have += static_cast<size_t>(in.gcount());
    if (in.bad()) throw UserError(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
    if (!in) {
      bytes.resize(have);
      return bytes;
    }
  }
}

void write_whole(const fs::path& path, const std::function<void(const fs::path&)>& write) {
  make_parent(path);
  const fs::path temporary =
      path.parent_path() / fmt::format(".{}.{}.partial{}", path.stem().string(), ::getpid(), path.extension().string());
  try {
    write(temporary);
    flush_to_disk(temporary);
    fs::rename(temporary, path);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void remove_partial_files(const fs::path& folder) {
  static const std::regex pattern(R"(\..*\.(\d{1,9})\.partial(\..*)?)");
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    std::smatch match;
    const std::string name = entry.path().filename().string();
    if (!std::regex_match(name, match, pattern)) continue;
    const bool writer_is_gone = ::kill(std::stoi(match[1]), 0) != 0 && errno == ESRCH;
    if (writer_is_gone) fs::remove(entry.path(), ignored);
  }
}

void write_file(const fs::path& path, std::string_view bytes) {
  write_whole(path, [&](const fs::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.flush();
    if (!out) throw UserError(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno)));
  });
}

}  // namespace gerund::base
