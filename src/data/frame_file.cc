#include "data/frame_file.h"

#include <fcntl.h>
#include <libdeflate.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<char, 8> kMagic{'g', 'e', 'r', 'u', 'n', 'd', 'F', 'F'};
constexpr uint32_t kVersion = 1;
constexpr uint32_t kMaxSide = 65535;
constexpr uint32_t kMaxChannels = 16;
constexpr uint64_t kMaxFrames = uint64_t{1} << 24;
constexpr uint64_t kPage = 4096;

/// The start of a file, little endian as all processors that gerund runs on. The key and a CRC-32 per record follow.
struct Head {
  std::array<char, 8> magic;
  uint32_t version;
  uint32_t checksum;  // Of all that follows, key and checksums included.
  uint64_t num_frames;
  uint32_t width;
  uint32_t height;
  uint32_t channels;
  uint32_t key_bytes;
};
static_assert(sizeof(Head) == 40);
constexpr size_t kCheckedFrom = 16;

uint32_t checksum_of(const void* bytes, size_t count, uint32_t before = 0) {
  return libdeflate_crc32(before, bytes, count);
}

uint64_t header_bytes(uint64_t key_bytes, uint64_t num_frames) {
  return sizeof(Head) + key_bytes + num_frames * sizeof(uint32_t);
}

// Records begin at a page, so that reading one touches no more pages than it must.
uint64_t first_record(uint64_t key_bytes, uint64_t num_frames) {
  return (header_bytes(key_bytes, num_frames) + kPage - 1) / kPage * kPage;
}

/// Whether the file system may be changed by other machines, as far as is known by name. Source: statfs(2).
bool is_of_other_machines(int file) {
  constexpr std::array<uint32_t, 9> kKinds{0x6969,       // NFS
                                           0x517B,       // SMB
                                           0xFE534D42,   // SMB 2
                                           0xFF534D42,   // CIFS
                                           0x65735546,   // FUSE: sshfs, glusterfs
                                           0x00C36400,   // Ceph
                                           0x0BD00BD0,   // Lustre
                                           0x01021997,   // 9P
                                           0x5346414F};  // AFS
  struct statfs status {};
  if (::fstatfs(file, &status) != 0) return true;
  return std::find(kKinds.begin(), kKinds.end(), static_cast<uint32_t>(status.f_type)) != kKinds.end();
}

bool read_at(int file, uint64_t offset, void* bytes, size_t count) {
  auto* to = static_cast<char*>(bytes);
  while (count > 0) {
    const ssize_t got = ::pread(file, to, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    offset += static_cast<uint64_t>(got);
    count -= static_cast<size_t>(got);
  }
  return true;
}

bool write_at(int file, uint64_t offset, const void* bytes, size_t count) {
  const auto* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t put = ::pwrite(file, from, count, static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    from += put;
    offset += static_cast<uint64_t>(put);
    count -= static_cast<size_t>(put);
  }
  return true;
}

uint32_t header_checksum(const Head& head, const std::string& key, const std::vector<uint32_t>& checksums) {
  const auto* bytes = reinterpret_cast<const char*>(&head);
  uint32_t sum = checksum_of(bytes + kCheckedFrom, sizeof head - kCheckedFrom);
  sum = checksum_of(key.data(), key.size(), sum);
  return checksum_of(checksums.data(), checksums.size() * sizeof(uint32_t), sum);
}

bool is_sound(const Head& head, const std::string& key) {
  const auto within = [](uint64_t value, uint64_t most) { return value >= 1 && value <= most; };
  return head.magic == kMagic && head.version == kVersion && head.key_bytes == key.size() &&
         within(head.num_frames, kMaxFrames) && within(head.width, kMaxSide) && within(head.height, kMaxSide) &&
         within(head.channels, kMaxChannels);
}

Head head_of(const std::string& key, const FrameShape& shape, uint64_t num_frames) {
  return {kMagic,
          kVersion,
          0,
          num_frames,
          static_cast<uint32_t>(shape.width),
          static_cast<uint32_t>(shape.height),
          static_cast<uint32_t>(shape.channels),
          static_cast<uint32_t>(key.size())};
}

}  // namespace

size_t FrameShape::num_bytes() const {
  return static_cast<size_t>(width) * static_cast<size_t>(height) * static_cast<size_t>(channels);
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

int Descriptor::release() {
  return std::exchange(number_, -1);
}

Mapping::Mapping(const Descriptor& file, size_t size) {
  void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (bytes == MAP_FAILED) return;
  bytes_ = static_cast<const uint8_t*>(bytes);
  size_ = size;
}

Mapping::~Mapping() {
  if (bytes_ != nullptr) ::munmap(const_cast<uint8_t*>(bytes_), size_);
}

Mapping::Mapping(Mapping&& other) noexcept
    : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(size_, other.size_);
  return *this;
}

std::shared_ptr<const FrameFile> FrameFile::open(const fs::path& path, const std::string& key) {
  Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Head head{};
  const int file = descriptor.get();
  if (file < 0 || !read_at(file, 0, &head, sizeof head) || !is_sound(head, key)) return nullptr;
  auto found = std::make_shared<FrameFile>();
  found->shape_ = {static_cast<int>(head.width), static_cast<int>(head.height), static_cast<int>(head.channels)};
  found->first_byte_ = first_record(head.key_bytes, head.num_frames);
  found->num_bytes_ = found->first_byte_ + head.num_frames * found->shape_.num_bytes();
  struct stat status {};
  // The size first: a damaged number of frames must not decide how much memory is asked for.
  if (::fstat(file, &status) != 0 || static_cast<uint64_t>(status.st_size) != found->num_bytes_) return nullptr;
  found->device_ = status.st_dev;
  found->inode_ = status.st_ino;
  std::string its_key(head.key_bytes, '\0');
  found->checksums_.resize(head.num_frames);
  if (!read_at(file, sizeof head, its_key.data(), its_key.size()) || its_key != key ||
      !read_at(file, sizeof head + its_key.size(), found->checksums_.data(), head.num_frames * sizeof(uint32_t)) ||
      header_checksum(head, key, found->checksums_) != head.checksum)
    return nullptr;
  found->key_hash_ = std::hash<std::string>{}(key);
  found->is_sound_ = std::vector<std::atomic<bool>>(head.num_frames);
  if (!is_of_other_machines(file)) found->mapping_ = Mapping(descriptor, found->num_bytes_);
  if (!found->is_mapped()) found->file_ = std::move(descriptor);
  return found;
}

std::span<const uint8_t> FrameFile::record(int64_t number, std::vector<uint8_t>& room) const {
  if (number < 0 || number >= num_frames())
    throw base::InternalError("a record was asked of a frame file that it does not hold");
  const auto i = static_cast<size_t>(number);
  const size_t size = shape_.num_bytes();
  const uint64_t offset = first_byte_ + i * size;
  if (!is_mapped()) {
    room.resize(size);
    const bool reads = read_at(file_.get(), offset, room.data(), size);
    return reads && checksum_of(room.data(), size) == checksums_[i] ? std::span<const uint8_t>(room)
                                                                    : std::span<const uint8_t>();
  }
  const std::span<const uint8_t> bytes(mapping_.bytes() + offset, size);
  if (is_sound_[i].load(std::memory_order_relaxed)) return bytes;
  if (checksum_of(bytes.data(), bytes.size()) != checksums_[i]) return {};
  is_sound_[i].store(true, std::memory_order_relaxed);
  return bytes;
}

bool FrameFile::is_at(const fs::path& path, const std::string& key) const {
  struct stat status {};
  return key_hash_ == std::hash<std::string>{}(key) && ::stat(path.c_str(), &status) == 0 && status.st_dev == device_ &&
         status.st_ino == inode_ && static_cast<uint64_t>(status.st_size) == num_bytes_;
}

uint64_t FrameFileWriter::file_size(const std::string& key, const FrameShape& shape, int64_t num_frames) {
  const auto count = static_cast<uint64_t>(num_frames);
  return first_record(key.size(), count) + count * shape.num_bytes();
}

std::optional<FrameFileWriter> FrameFileWriter::create(const fs::path& path, const std::string& key,
                                                       const FrameShape& shape, int64_t num_frames) {
  FrameFileWriter writer;
  writer.path_ = path;
  writer.key_ = key;
  writer.shape_ = shape;
  writer.num_frames_ = num_frames;
  writer.first_byte_ = first_record(key.size(), static_cast<uint64_t>(num_frames));
  writer.file_ = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  const int file = writer.file_.get();
  if (file < 0) return std::nullopt;
  ::flock(file, LOCK_EX | LOCK_NB);
  const auto size = static_cast<off_t>(file_size(key, shape, num_frames));
  // Where a file system cannot reserve, the room is missed when it is written to.
  const bool reserved = ::fallocate(file, 0, 0, size) == 0 || (errno == EOPNOTSUPP && ::ftruncate(file, size) == 0);
  if (reserved) return writer;
  const int reason = errno;
  ::unlink(path.c_str());
  errno = reason;
  return std::nullopt;
}

bool FrameFileWriter::push(std::span<const uint8_t> bytes) {
  if (bytes.size() != shape_.num_bytes() || static_cast<int64_t>(checksums_.size()) == num_frames_)
    throw base::InternalError("a frame file was given a record that does not fit it");
  if (!write_at(file_.get(), first_byte_ + checksums_.size() * bytes.size(), bytes.data(), bytes.size())) return false;
  checksums_.push_back(checksum_of(bytes.data(), bytes.size()));
  return true;
}

bool FrameFileWriter::finish() {
  if (static_cast<int64_t>(checksums_.size()) != num_frames_)
    throw base::InternalError("a frame file was finished before all records were there");
  Head head = head_of(key_, shape_, checksums_.size());
  head.checksum = header_checksum(head, key_, checksums_);
  return write_at(file_.get(), sizeof head, key_.data(), key_.size()) &&
         write_at(file_.get(), sizeof head + key_.size(), checksums_.data(), checksums_.size() * sizeof(uint32_t)) &&
         write_at(file_.get(), 0, &head, sizeof head);
}

bool is_being_written(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file.is_open() && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0;
}

}  // namespace gerund::data
