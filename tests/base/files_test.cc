#include "base/files.h"

#include <gtest/gtest.h>

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
