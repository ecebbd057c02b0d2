#include "train/event_file.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "base/files.h"
#include "small_videos.h"
#include "train/event_reader.h"

namespace gerund::train {
namespace {

namespace fs = std::filesystem;

// RFC 3720, appendix B.4: 32 bytes of zeros, of ones, rising, falling; and the check value of the CRC catalogue.
TEST(Crc32c, GivesThePublishedVectors) {
  std::string rising, falling;
  for (int i = 0; i < 32; ++i) {
    rising += static_cast<char>(i);
    falling += static_cast<char>(31 - i);
  }
  for (const auto& sum : {&crc32c, +[](std::string_view bytes) { return slow_crc32c(std::string(bytes)); }}) {
    EXPECT_EQ(sum(std::string(32, '\0')), 0x8A9136AAU);
    EXPECT_EQ(sum(std::string(32, '\xff')), 0x62A8AB43U);
    EXPECT_EQ(sum(rising), 0x46DD794EU);
    EXPECT_EQ(sum(falling), 0x113FDB5CU);
    EXPECT_EQ(sum("123456789"), 0xE3069283U);
    EXPECT_EQ(sum(""), 0U);
  }
}

class EventFileTest : public testing::Test {
 protected:
  static double now() { return 1700000585.5; }
  testing_data::TemporaryFolder folder_{"events"};
};

TEST_F(EventFileTest, HoldsTheVersionThenWhatWasAdded) {
  EventFile file(folder_.path() / "tensorboard", 0, now);
  file.add(3, std::array{Scalar{"train_loss", 0.5}, Scalar{"lr", 1e-3}});
  file.add(int64_t{1} << 40, std::array{Scalar{"val_loss", -2}});
  EXPECT_TRUE(file.path().filename().string().starts_with("events.out.tfevents.1700000585.")) << file.path();
  const auto events = read_events(base::read_file(file.path()));
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].file_version, "brain.Event:2");
  EXPECT_EQ(events[0].wall_time, 1700000585.5);
  EXPECT_EQ(events[1].step, 3);
  EXPECT_EQ(events[1].scalars, (std::map<std::string, float>{{"train_loss", 0.5F}, {"lr", 1e-3F}}));
  EXPECT_EQ(events[2].step, int64_t{1} << 40);
  EXPECT_EQ(events[2].scalars.at("val_loss"), -2.0F);
}

// The bytes of TensorFlow's own record for wall_time 0, step 0, file_version "brain.Event:2", written down from the
// format: length 26, its sum, the message, its sum.
TEST_F(EventFileTest, TheFirstRecordIsLaidOutAsPublished) {
  const EventFile file(folder_.path(), 0, [] { return 0.0; });
  const std::string bytes = base::read_file(file.path());
  const std::string message = std::string("\x09\0\0\0\0\0\0\0\0\x10\0\x1a\x0d", 13) + "brain.Event:2";
  EXPECT_EQ(bytes.size(), 8 + 4 + message.size() + 4);
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x1a\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(bytes.substr(12, message.size()), message);
}

TEST_F(EventFileTest, AResumedRunTellsWhichStepsCountAnew) {
  const EventFile first(folder_.path(), 0, now);
  const EventFile second(folder_.path(), 8, now);
  EXPECT_LT(first.path(), second.path()) << "TensorBoard reads them in the order of their names";
  EXPECT_EQ(read_events(base::read_file(first.path())).size(), 1U);
  const auto events = read_events(base::read_file(second.path()));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_TRUE(events[1].starts_session);
  EXPECT_EQ(events[1].step, 8);
}

TEST_F(EventFileTest, AKilledProcessLeavesWholeRecords) {
  const pid_t child = ::fork();
  if (child == 0) {
    EventFile file(folder_.path(), 0, now);
    for (int64_t step = 1; step <= 5; ++step) file.add(step, std::array{Scalar{"train_loss_step", 1}});
    ::raise(SIGKILL);
  }
  ASSERT_GT(child, 0);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const fs::path path = fs::directory_iterator(folder_.path())->path();
  EXPECT_EQ(read_events(base::read_file(path)).size(), 6U);
}

TEST_F(EventFileTest, AFolderThatIsAFileIsAUserError) {
  base::write_file(folder_.path() / "file", "text");
  EXPECT_THROW(EventFile(folder_.path() / "file", 0, now), base::UserError);
}

}  // namespace
}  // namespace gerund::train
