#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"

namespace gerund::base {
namespace {

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
