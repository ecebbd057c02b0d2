// tests/data/frame_file_test.cc - a file of pictures: whole or not taken.
#include "data/frame_file.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "data/drawn_clips.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

constexpr FrameShape kShape{5, 4, 3};
constexpr int64_t kNumFrames = 3;
constexpr size_t kFirstRecord = 4096;  // docs/formats.md: records begin at a page.
const std::string kKey = "what this is";

std::vector<uint8_t> record(int64_t number) {
  std::vector<uint8_t> bytes(kShape.num_bytes());
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(7 * i + 31 * static_cast<size_t>(number));
  return bytes;
}

std::vector<uint8_t> read(const FrameFile& file, int64_t number) {
  std::vector<uint8_t> room;
  const std::span<const uint8_t> bytes = file.record(number, room);
  return {bytes.begin(), bytes.end()};
}

class FrameFiles : public drawn::Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    path_ = folder_ / "a.frames";
    auto writer = FrameFileWriter::create(path_, kKey, kShape, kNumFrames);
    ASSERT_TRUE(writer);
    for (int64_t i = 0; i < kNumFrames; ++i) ASSERT_TRUE(writer->push(record(i)));
    ASSERT_TRUE(writer->finish());
    bytes_ = base::read_file(path_);
  }
  bool opens(const std::string& bytes) {
    base::write_file(path_, bytes);
    return FrameFile::open(path_, kKey) != nullptr;
  }
  fs::path path_;
  std::string bytes_;
};

TEST_F(FrameFiles, GiveBackEveryRecordInAnyOrder) {
  const auto file = FrameFile::open(path_, kKey);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->shape(), kShape);
  ASSERT_EQ(file->num_frames(), kNumFrames);
  EXPECT_EQ(bytes_.size(), FrameFileWriter::file_size(kKey, kShape, kNumFrames));
  EXPECT_EQ(bytes_.size(), kFirstRecord + 3 * 60);
  for (const int64_t i : {2, 0, 1, 2}) EXPECT_EQ(read(*file, i), record(i));
  EXPECT_THROW(read(*file, kNumFrames), base::InternalError);
  EXPECT_THROW(read(*file, -1), base::InternalError);
}

TEST_F(FrameFiles, OfAnotherKeyAreNotTaken) {
  EXPECT_FALSE(FrameFile::open(path_, "what this is not"));
  EXPECT_FALSE(FrameFile::open(path_, "what that is"));
}

TEST_F(FrameFiles, CutShortOrLongerAreNotTaken) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{39}, size_t{40}, size_t{60}, kFirstRecord, bytes_.size() - 1})
    EXPECT_FALSE(opens(bytes_.substr(0, size))) << size;
  EXPECT_FALSE(opens(bytes_ + "x"));
  EXPECT_TRUE(opens(bytes_));
}

TEST_F(FrameFiles, WithAnyBitOfTheHeaderFlippedAreNotTaken) {
  const size_t header = 40 + kKey.size() + 4 * kNumFrames;
  for (size_t i = 0; i < header; ++i)
    for (const int bit : {0, 7}) {
      std::string damaged = bytes_;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      EXPECT_FALSE(opens(damaged)) << "byte " << i << ", bit " << bit;
    }
}

TEST_F(FrameFiles, OfAnotherVersionOrKindAreNotTaken) {
  std::string next = bytes_;
  next[8] = 2;
  EXPECT_FALSE(opens(next));
  EXPECT_FALSE(opens("this is a text, and not what its name says it is; long enough for a header it is as well"));
  EXPECT_FALSE(FrameFile::open(folder_, kKey));
  EXPECT_FALSE(FrameFile::open(folder_ / "none.frames", kKey));
}

TEST_F(FrameFiles, GiveNoRecordWithAFlippedBit) {
  std::string damaged = bytes_;
  damaged[kFirstRecord + 60 + 17] = static_cast<char>(damaged[kFirstRecord + 60 + 17] ^ 4);
  base::write_file(path_, damaged);
  const auto file = FrameFile::open(path_, kKey);
  ASSERT_TRUE(file);
  EXPECT_EQ(read(*file, 0), record(0));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(read(*file, 1).empty()) << "asked time " << i;
  EXPECT_EQ(read(*file, 2), record(2));
}

TEST_F(FrameFiles, OutliveTheirName) {
  const auto file = FrameFile::open(path_, kKey);
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->is_at(path_, kKey));
  EXPECT_FALSE(file->is_at(path_, "another key of the same name"));
  fs::remove(path_);
  EXPECT_FALSE(file->is_at(path_, kKey));
  EXPECT_EQ(read(*file, 1), record(1));
  base::write_file(path_, bytes_);
  EXPECT_FALSE(file->is_at(path_, kKey)) << "another file of the same bytes";
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // They need room of their own.
TEST_F(FrameFiles, ThatCannotBeMappedAreRead) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit nothing{0, 0};
    setrlimit(RLIMIT_AS, &nothing);
    const auto file = FrameFile::open(path_, kKey);
    if (!file || file->is_mapped() || read(*file, 2) != record(2)) _exit(1);
    fs::resize_file(path_, kFirstRecord + 70);
    _exit(read(*file, 0) == record(0) && read(*file, 1).empty() ? 0 : 2);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}
#endif

TEST_F(FrameFiles, CutWhileOpenAreNoLongerThere) {
  const auto file = FrameFile::open(path_, kKey);
  ASSERT_TRUE(file);
  fs::resize_file(path_, kFirstRecord + 70);
  EXPECT_FALSE(file->is_at(path_, kKey));
}

TEST_F(FrameFiles, AreNotTakenBeforeTheyAreFinished) {
  const fs::path path = folder_ / "b.partial";
  auto writer = FrameFileWriter::create(path, kKey, kShape, 1);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->push(record(0)));
  EXPECT_FALSE(FrameFile::open(path, kKey));
  EXPECT_TRUE(is_being_written(path));
  EXPECT_FALSE(FrameFileWriter::create(path, kKey, kShape, 1)) << "two writers of one file";
  ASSERT_TRUE(writer->finish());
  EXPECT_TRUE(FrameFile::open(path, kKey));
  writer.reset();
  EXPECT_FALSE(is_being_written(path));
}

}  // namespace
}  // namespace gerund::data
