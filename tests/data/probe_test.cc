#include "data/probe.h"

#include "base/error.h"
#include "base/interrupt.h"
#include "data/drawn_clips.h"
#include "small_videos.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

class Probe : public drawn::Folder {};

class Steps : public base::Progress {
 public:
  void start(std::string_view, int64_t total, std::string_view) override { total_ = total; }
  void update(int64_t done, std::string_view) override { done_.push_back(done); }
  void finish() override { finished_ = true; }
  int64_t total_ = 0;
  std::vector<int64_t> done_;
  bool finished_ = false;
};

Item item(const fs::path& path) {
  return {path, "red", 0};
}

TEST_F(Probe, CountsFramesAndListsBrokenClipsInOrderWhateverTheNumberOfWorkers) {
  drawn::write_video(folder_ / "a.avi", 0, 7);
  drawn::write_damaged(folder_ / "b.avi");
  drawn::write_video(folder_ / "c.avi", 0, 11);
  base::write_file(folder_ / "d.mp4", "");
  fs::create_directories(folder_ / "e" / "rgb");
  std::vector<Item> items;
  for (const char* name : {"a.avi", "b.avi", "c.avi", "d.mp4", "e", "missing.avi"})
    items.push_back(item(folder_ / name));
  for (int workers : {0, 1, 2, 5}) {
    Steps steps;
    const Probed probed = probe(items, {workers, false}, steps);
    ASSERT_EQ(probed.items.size(), 2U);
    EXPECT_EQ(probed.items[0].path, folder_ / "a.avi");
    EXPECT_EQ(probed.items[0].num_frames, 7);
    EXPECT_NEAR(probed.items[0].duration_seconds, 7 / 25.0, 0.041) << "25 frames per second";
    EXPECT_EQ(probed.items[1].num_frames, 11);
    ASSERT_EQ(probed.broken.size(), 4U);
    EXPECT_EQ(probed.broken[0].path, folder_ / "b.avi");
    EXPECT_EQ(probed.broken[1].path, folder_ / "d.mp4");
    EXPECT_EQ(probed.broken[2].path, folder_ / "e");
    EXPECT_EQ(probed.broken[3].path, folder_ / "missing.avi");
    for (const Broken& broken : probed.broken) {
      EXPECT_FALSE(broken.reason.empty());
      EXPECT_FALSE(broken.reason.starts_with(broken.path.string())) << broken.reason;
    }
    EXPECT_EQ(steps.total_, 6);
    EXPECT_EQ(steps.done_, (std::vector<int64_t>{1, 2, 3, 4, 5, 6}));
    EXPECT_TRUE(steps.finished_);
  }
}

TEST_F(Probe, FilesCutShortAreUsedAndAnErrorWhenStrict) {
  for (const char* name : {"whole.avi", "cut.avi"}) testing_data::write_moving_square(folder_ / name, 1, 1, 30);
  fs::resize_file(folder_ / "cut.avi", fs::file_size(folder_ / "cut.avi") / 2);
  const std::vector<Item> items{item(folder_ / "whole.avi"), item(folder_ / "cut.avi")};
  Steps steps;
  testing::internal::CaptureStderr();
  const Probed probed = probe(items, {1, false}, steps);
  const std::string said = testing::internal::GetCapturedStderr();
  ASSERT_EQ(probed.items.size(), 2U);
  EXPECT_LT(probed.items[1].num_frames, 27);
  EXPECT_NE(said.find("1 of 2 clips are cut short"), std::string::npos) << said;
  EXPECT_NE(said.find("cut.avi: ends after"), std::string::npos) << said;
  EXPECT_EQ(said.find("whole.avi"), std::string::npos) << said;
  EXPECT_THROW(probe(items, {1, true}, steps), base::UserError);
  EXPECT_EQ(probe({items[0]}, {1, true}, steps).items.size(), 1U);
}

TEST_F(Probe, StrictMakesBrokenClipsAnErrorThatListsThem) {
  drawn::write_video(folder_ / "a.avi", 0, 7);
  drawn::write_damaged(folder_ / "b.avi");
  base::Progress silent;
  try {
    probe({item(folder_ / "a.avi"), item(folder_ / "b.avi")}, {1, true}, silent);
    FAIL();
  } catch (const base::UserError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("1 of 2 clips cannot be used"), std::string::npos);
    EXPECT_NE(message.find((folder_ / "b.avi").string()), std::string::npos);
  }
}

TEST_F(Probe, NothingThatCanBeUsedIsAnErrorEvenWithoutStrict) {
  drawn::write_damaged(folder_ / "b.avi");
  base::Progress silent;
  EXPECT_THROW(probe({item(folder_ / "b.avi")}, {0, false}, silent), base::UserError);
}

TEST_F(Probe, StopsOnAnInterrupt) {
  drawn::write_video(folder_ / "a.avi", 0, 3);
  base::Progress silent;
  base::request_interrupt();
  EXPECT_THROW(probe({item(folder_ / "a.avi")}, {1, false}, silent), base::Interrupted);
  base::request_interrupt(false);
}

TEST(DescribeBroken, ListsTheFirstTwentyAndCountsTheRest) {
  std::vector<Broken> broken;
  for (int i = 0; i < 23; ++i) broken.push_back({"clip" + std::to_string(i), "cut short"});
  const std::string text = describe_broken(broken, 100);
  EXPECT_EQ(text.rfind("23 of 100 clips cannot be used:\n  clip0: cut short\n", 0), 0U);
  EXPECT_NE(text.find("clip19: cut short\n  and 3 more"), std::string::npos);
  EXPECT_EQ(text.find("clip20"), std::string::npos);
}

}  // namespace
}  // namespace gerund::data
