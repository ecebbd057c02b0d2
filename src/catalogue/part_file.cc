#include "catalogue/part_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/files.h"

namespace gerund::catalogue {
namespace {

namespace fs = std::filesystem;
using base::UserError;

/// Whether the path still names the open file: the process that had it may just have renamed it.
bool is_still(const fs::path& path, const struct stat& opened) {
  struct stat named {};
  return ::stat(path.c_str(), &named) == 0 && named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

}  // namespace

PartFile::PartFile(fs::path path, const std::function<void()>& wait) : path_(std::move(path)) {
  base::make_folder(path_.parent_path());
  while (!open()) wait();
}

bool PartFile::open() {
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (descriptor_ < 0) fail();
  const bool is_locked = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
  if (!is_locked && errno != EWOULDBLOCK && errno != EINTR) {  // A file system without locks: waiting would not end.
    const int reason = errno;
    ::close(descriptor_);
    errno = reason;
    fail();
  }
  struct stat opened {};
  const bool is_ours = is_locked && ::fstat(descriptor_, &opened) == 0 && is_still(path_, opened);
  num_bytes_ = opened.st_size;
  if (!is_ours) ::close(descriptor_);
  return is_ours;
}

PartFile::~PartFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void PartFile::write(int64_t offset, std::string_view bytes) {
  if (offset > num_bytes_) throw base::InternalError("PartFile: a gap");
  if (offset < num_bytes_ && ::ftruncate(descriptor_, offset) != 0) fail();
  num_bytes_ = offset;
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), num_bytes_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail();
    num_bytes_ += count;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

void PartFile::become(const fs::path& target) {
  if (::fsync(descriptor_) != 0 || ::rename(path_.c_str(), target.c_str()) != 0) fail();
}

void PartFile::remove() {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

void PartFile::fail() const {
  throw UserError(fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(errno)));
}

}  // namespace gerund::catalogue
