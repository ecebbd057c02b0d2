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
  // File systems that know no fsync (EINVAL) have nothing to say; all others may tell only now that the disk is full.
  const int trouble = ::fsync(descriptor) != 0 && errno != EINVAL ? errno : 0;
  ::close(descriptor);
  if (trouble != 0) throw UserError(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(trouble)));
}

/// Where bytes for a path really go.
struct Target {
  fs::path path;           ///< Of a link, the file that it names, be it there or not.
  bool is_stream = false;  ///< A device, a pipe, an open descriptor (/dev/stdout): its name is not to become a file's.
};

Target target_of(const fs::path& path) {
  constexpr int kMostLinks = 40;
  std::error_code error;
  if (fs::is_directory(path, error)) throw UserError(fmt::format("{}: is a folder; a file is wanted", path.string()));
  if (fs::is_other(fs::status(path, error))) return {path, true};
  Target target{path};
  for (int i = 0; i < kMostLinks && fs::is_symlink(fs::symlink_status(target.path, error)); ++i) {
    if (target.path.string().starts_with("/proc/")) return {path, true};
    target.path = target.path.parent_path() / fs::read_symlink(target.path, error);
  }
  if (fs::is_symlink(fs::symlink_status(target.path, error)))
    throw UserError(fmt::format("{}: is a link that leads round and round", path.string()));
  return target;
}

/// At the end of what is there: a descriptor may belong to a file that others write to as well.
void append_bytes(const fs::path& from, const fs::path& to) {
  std::ifstream in(from, std::ios::binary);
  std::ofstream out(to, std::ios::binary | std::ios::app);
  if (in.peek() != std::ifstream::traits_type::eof()) out << in.rdbuf();
  out.flush();
  if (!out) throw UserError(fmt::format("{}: cannot be written: {}", to.string(), std::strerror(errno)));
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

ScratchFolder::ScratchFolder() {
  std::error_code ignored;
  std::string name = (fs::temp_directory_path(ignored) / "gerund-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw UserError(fmt::format("{}: the folder cannot be made: {}; set TMPDIR to one that can be written", name,
                                std::strerror(errno)));
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw UserError(fmt::format("{}: the folder cannot be made: {}", folder.string(), error.message()));
}

void write_whole(const fs::path& path, const std::function<void(const fs::path&)>& write) {
  const Target target = target_of(path);
  if (target.is_stream) {
    const ScratchFolder folder;
    const fs::path temporary = folder.path() / ("bytes" + path.extension().string());
    write(temporary);
    append_bytes(temporary, path);
    return;
  }
  const fs::path folder = target.path.parent_path();
  if (!folder.empty()) make_folder(folder);
  const fs::path temporary = folder / fmt::format(".{}.{}.partial{}", target.path.stem().string(), ::getpid(),
                                                  target.path.extension().string());
  std::error_code error;
  fs::remove(temporary, error);  // Of a process that had the same number, as in containers.
  try {
    write(temporary);
    flush_to_disk(temporary);
    fs::rename(temporary, target.path, error);
    if (error) throw UserError(fmt::format("{}: cannot be written: {}", path.string(), error.message()));
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
