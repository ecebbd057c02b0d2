#include "base/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <iterator>

#include "base/error.h"

namespace gerund::base {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(Files, WriteMakesFoldersAndReadGivesTheBytesBack) {
  const std::string bytes("a\0b\n", 4);
  write_file(folder_ / "deep" / "file.bin", bytes);
  EXPECT_EQ(read_file(folder_ / "deep" / "file.bin"), bytes);
}

TEST_F(Files, FailedWriteLeavesTheOldFileAndNothingElse) {
  write_file(folder_ / "file.txt", "old");
  EXPECT_THROW(write_whole(folder_ / "file.txt",
                           [](const std::filesystem::path& temporary) {
                             std::ofstream(temporary) << "half";
                             throw UserError("stopped");
                           }),
               UserError);
  EXPECT_EQ(read_file(folder_ / "file.txt"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(Files, ALinkStaysOneAndItsFileIsWritten) {
  write_file(folder_ / "data" / "file.txt", "old");
  fs::create_symlink("data/file.txt", folder_ / "link");
  fs::create_symlink("data/later.txt", folder_ / "to nothing yet");
  write_file(folder_ / "link", "new");
  write_file(folder_ / "to nothing yet", "first");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(read_file(folder_ / "data" / "file.txt"), "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "to nothing yet"));
  EXPECT_EQ(read_file(folder_ / "data" / "later.txt"), "first");
}

TEST_F(Files, APipeGetsTheBytesAndStaysOne) {
  make_folder(folder_);
  const fs::path path = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  auto reading = std::async(std::launch::async, [&] {
    std::ifstream in(path);
    return std::string(std::istreambuf_iterator<char>(in), {});
  });
  write_file(path, "to whom it concerns");
  EXPECT_EQ(reading.get(), "to whom it concerns");
  EXPECT_TRUE(fs::is_fifo(path));
  write_file("/dev/null", "x");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_THROW(write_file("/dev/full", "x"), UserError);
}

TEST_F(Files, WhatADescriptorHoldsIsAddedToAndStays) {
  write_file(folder_ / "log", "before\n");
  const int descriptor = ::open((folder_ / "log").c_str(), O_WRONLY | O_APPEND);
  fs::create_symlink("/proc/self/fd/" + std::to_string(descriptor), folder_ / "like stdout");
  write_file(folder_ / "like stdout", "one\n");
  write_file(folder_ / "like stdout", "two\n");
  ::close(descriptor);
  EXPECT_EQ(read_file(folder_ / "log"), "before\none\ntwo\n");
}

TEST_F(Files, WhereAFolderIsOrCannotBeIsAUserError) {
  write_file(folder_ / "file", "x");
  EXPECT_THROW(write_file(folder_, "x"), UserError);
  EXPECT_THROW(write_file(folder_ / "file" / "in it", "x"), UserError);
  EXPECT_THROW(make_folder(folder_ / "file"), UserError);
  fs::create_symlink("itself", folder_ / "itself");
  EXPECT_THROW(write_file(folder_ / "itself", "x"), UserError);
  EXPECT_EQ(read_file(folder_ / "file"), "x");
}

TEST_F(Files, PartialFilesOfDeadProcessesAreRemoved) {
  const pid_t dead = fork();
  if (dead == 0) _exit(0);
  waitpid(dead, nullptr, 0);
  const auto named = [](const std::string& begin, pid_t pid) { return begin + std::to_string(pid) + ".partial"; };
  const std::vector<std::string> stay{"last.safetensors", named(".last.", getpid()) + ".safetensors", ".hidden",
                                      ".x.partial", named("last.", dead)};
  const std::vector<std::string> go{named(".last.", dead) + ".safetensors", named(".a.b.", dead)};
  for (const std::string& name : stay) write_file(folder_ / name, "x");
  for (const std::string& name : go) write_file(folder_ / name, "x");
  remove_partial_files(folder_);
  for (const std::string& name : stay) EXPECT_TRUE(std::filesystem::exists(folder_ / name)) << name;
  for (const std::string& name : go) EXPECT_FALSE(std::filesystem::exists(folder_ / name)) << name;
  remove_partial_files(folder_ / "no folder");
}

TEST_F(Files, MissingFileAndFolderAreUserErrorsThatNameThem) {
  try {
    read_file(folder_ / "nothing.txt");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("nothing.txt"), std::string::npos);
  }
  std::filesystem::create_directories(folder_);
  EXPECT_THROW(read_file(folder_), UserError);
}

}  // namespace
}  // namespace gerund::base
