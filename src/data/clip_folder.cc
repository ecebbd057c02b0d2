#include "data/clip_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/files.h"
#include "data/dataset.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, const std::string& reason) {
  throw CannotWrite(
      fmt::format("{}: cannot be written: {}; the same command goes on once that is mended", path.string(), reason));
}

/// One flush for all pictures of a clip: one each would take as long as decoding them.
void flush_to_disk(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0 || ::syncfs(descriptor) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    refuse(folder, std::strerror(error));
  }
  ::close(descriptor);
}

/// In a hidden folder beside the classes: those of the reference toolkit hold pictures and nothing else.
fs::path record_of(const fs::path& folder, const std::string& stream) {
  const fs::path label = folder.parent_path();
  return label.parent_path() / ".made" / label.filename() / fmt::format("{}.{}", folder.filename().string(), stream);
}

std::string record_text(const std::string& how, size_t num_files) {
  return fmt::format("{} files, {}", num_files, how);
}

}  // namespace

ClipFolder::ClipFolder(fs::path folder)
    : folder_(std::move(folder)),
      hidden_(folder_.parent_path() / fmt::format(".{}.partial", folder_.filename().string())) {
  std::error_code ignored;
  fs::remove_all(hidden_, ignored);  // Of a run that was killed.
}

ClipFolder::~ClipFolder() {
  std::error_code ignored;
  fs::remove_all(hidden_, ignored);
}

void ClipFolder::write(const std::string& stream, const std::string& name, std::string_view bytes) {
  std::error_code error;
  fs::create_directories(hidden_ / stream, error);
  if (error) refuse(hidden_ / stream, error.message());
  std::ofstream out(hidden_ / stream / name, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.flush();
  if (!out) refuse(folder_ / stream / name, std::strerror(errno));
}

void ClipFolder::publish(const std::map<std::string, std::string>& making) {
  flush_to_disk(hidden_);
  try {
    fs::create_directories(folder_);
    for (const fs::directory_entry& stream : fs::directory_iterator(hidden_)) {
      const std::string name = stream.path().filename().string();
      if (fs::exists(folder_ / name)) continue;
      base::write_file(record_of(folder_, name), record_text(making.at(name), entries_of(stream.path()).size()));
      fs::rename(stream.path(), folder_ / name);
    }
  } catch (const fs::filesystem_error& error) {
    refuse(folder_, error.code().message());
  }
}

bool has_streams(const fs::path& folder, const std::map<std::string, std::string>& making) {
  bool has_all = true;
  for (const auto& [stream, how] : making) {
    const fs::path pictures = folder / stream, record = record_of(folder, stream);
    if (!fs::is_directory(pictures)) {
      has_all = false;
    } else if (fs::exists(record)) {
      const std::string found = base::read_file(record), wanted = record_text(how, entries_of(pictures).size());
      if (found != wanted)
        throw base::UserError(fmt::format(
            "{}: is there and is something else ({}; here: {}); nothing is overwritten: remove it or choose "
            "another folder",
            pictures.string(), found, wanted));
    }
  }
  return has_all;
}

std::string picture_name(int64_t index, const std::string& extension) {
  return fmt::format("{:06}{}", index + 1, extension);
}

}  // namespace gerund::data
