// tests/synth/dataset_test.cc - data sets and stories: what is written, what is kept, what is refused.
#include "synth/dataset.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "media/frame_source.h"
#include "synth/scene.h"
#include "synth/story.h"

namespace gerund::synth {
namespace {

namespace fs = std::filesystem;

class Dataset : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("gerund_synth_" + std::to_string(getpid()) + "_" +
                                           ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
  }
  void TearDown() override {
    base::request_interrupt(false);
    fs::remove_all(folder_);
  }

  DatasetOptions options() const {
    DatasetOptions options;
    options.folder = folder_ / "set";
    options.actions = {"pushup", "wave"};
    options.clips_per_class = 5;
    options.width = 64;
    options.height = 48;
    options.fps = 10;
    options.min_seconds = 1;
    options.max_seconds = 1.5;
    return options;
  }

  /// Relative path and bytes of every file below the data set's folder.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "set"))
      if (entry.is_regular_file())
        found[fs::relative(entry.path(), folder_ / "set").generic_string()] = base::read_file(entry.path());
    return found;
  }

  std::string refusal(const DatasetOptions& options) {
    try {
      draw_dataset(options, progress_);
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "not refused";
  }

  fs::path folder_;
  base::Progress progress_;
};

TEST_F(Dataset, WritesTheFilesOfTheManifest) {
  const DatasetSummary summary = draw_dataset(options(), progress_);
  EXPECT_EQ(summary.num_train, 6);  // 5 * 0.6 = 3 of each class.
  EXPECT_EQ(summary.num_val, 2);    // 5 * 0.15 = 0.75, rounded.
  EXPECT_EQ(summary.num_test, 2);
  EXPECT_EQ(summary.num_drawn, 10);
  const auto manifest = nlohmann::json::parse(base::read_file(summary.manifest));
  EXPECT_TRUE(manifest["complete"].get<bool>());
  std::set<std::string> listed{"manifest.json"}, found;
  for (const auto& clip : manifest["clips"]) {
    listed.insert(clip["path"].get<std::string>());
    const auto source = media::open_source(options().folder / clip["path"].get<std::string>());
    EXPECT_EQ(source->info().num_frames, std::llround(clip["seconds"].get<double>() * 10)) << clip["path"];
    EXPECT_EQ(source->info().width, 64);
    EXPECT_EQ(source->info().codec, "mpeg4");
    ASSERT_FALSE(clip["intervals"].empty());
    EXPECT_LE(clip["intervals"].back()["end_seconds"].get<double>(), clip["seconds"].get<double>());
  }
  for (const auto& [path, bytes] : files()) found.insert(path);
  EXPECT_EQ(found, listed);
  EXPECT_TRUE(found.count("train/pushup/pushup_0000.avi"));
  EXPECT_TRUE(found.count("test/wave/wave_0004.avi"));
}

TEST_F(Dataset, IsTheSameForAnyNumberOfThreads) {
  DatasetOptions wanted = options();
  wanted.num_threads = 1;
  draw_dataset(wanted, progress_);
  const auto one = files();
  fs::remove_all(folder_);
  wanted.num_threads = 3;
  draw_dataset(wanted, progress_);
  EXPECT_EQ(files(), one);
}

TEST_F(Dataset, GivesEveryClipOfEverySplitItsOwnSeed) {
  DatasetOptions wanted = options();
  wanted.clips_per_class = 200;
  std::set<uint64_t> seeds;
  for (const DatasetClip& clip : plan_dataset(wanted)) {
    EXPECT_TRUE(seeds.insert(clip.seed).second) << clip.path;
    EXPECT_LT(clip.seed, uint64_t{1} << 53);
  }
  wanted.seed = 2;
  for (const DatasetClip& clip : plan_dataset(wanted)) EXPECT_TRUE(seeds.insert(clip.seed).second) << clip.path;
}

TEST_F(Dataset, KeepsFilesThatAreThereWhenStartedAgain) {
  draw_dataset(options(), progress_);
  const fs::path kept = options().folder / "train/pushup/pushup_0001.avi";
  const fs::path lost = options().folder / "val/wave/wave_0003.avi";
  const std::string lost_bytes = base::read_file(lost);
  const auto long_ago = fs::last_write_time(kept) - std::chrono::hours(5);
  fs::last_write_time(kept, long_ago);
  fs::remove(lost);
  const DatasetSummary summary = draw_dataset(options(), progress_);
  EXPECT_EQ(summary.num_drawn, 1);
  EXPECT_EQ(summary.num_kept, 9);
  EXPECT_EQ(fs::last_write_time(kept), long_ago);
  EXPECT_EQ(base::read_file(lost), lost_bytes);
}

TEST_F(Dataset, RefusesAFolderOfOtherOptionsAndNamesThem) {
  draw_dataset(options(), progress_);
  const auto before = files();
  DatasetOptions other = options();
  other.seed = 9;
  const std::string message = refusal(other);
  EXPECT_NE(message.find("other options (seed)"), std::string::npos) << message;
  EXPECT_NE(message.find("choose another folder"), std::string::npos) << message;
  EXPECT_EQ(files(), before);
}

TEST_F(Dataset, RefusesAFolderWithSomethingElseInIt) {
  base::write_file(options().folder / "diary.txt", "mine");
  EXPECT_NE(refusal(options()).find("is not empty"), std::string::npos);
  EXPECT_EQ(files().size(), 1u);
}

/// Interrupts the drawing after some clips.
class InterruptAfter : public base::Progress {
 public:
  void update(int64_t done, std::string_view /*note*/) override {
    if (done == 3) base::request_interrupt();
  }
};

TEST_F(Dataset, LeavesWholeFilesWhenInterruptedAndGoesOnLater) {
  InterruptAfter progress;
  DatasetOptions wanted = options();
  wanted.num_threads = 1;
  wanted.clips_per_class = 10;
  EXPECT_THROW(draw_dataset(wanted, progress), base::Interrupted);
  base::request_interrupt(false);
  const auto half = files();
  EXPECT_LT(half.size(), 21u);
  EXPECT_FALSE(nlohmann::json::parse(half.at("manifest.json"))["complete"].get<bool>());
  const DatasetSummary summary = draw_dataset(wanted, progress_);
  EXPECT_EQ(summary.num_kept, static_cast<int>(half.size()) - 1);
  const auto whole = files();
  EXPECT_EQ(whole.size(), 21u);
  for (const auto& [path, bytes] : half)
    if (path != "manifest.json") {
      EXPECT_EQ(whole.at(path), bytes) << path;
    }
}

TEST_F(Dataset, NamesTheOptionThatIsOutOfRange) {
  const auto message = [&](auto change) {
    DatasetOptions wanted = options();
    change(wanted);
    return refusal(wanted);
  };
  EXPECT_EQ(message([](auto& o) { o.clips_per_class = 0; }).rfind("--clips: 0", 0), 0u);
  EXPECT_EQ(message([](auto& o) { o.train_share = 1.5; }).rfind("--train: 1.5", 0), 0u);
  EXPECT_EQ(message([](auto& o) { o.val_share = 0.5; }).rfind("--val: 0.5", 0), 0u);
  EXPECT_EQ(message([](auto& o) { o.max_seconds = 0.5; }).rfind("--max-seconds: 0.5", 0), 0u);
  EXPECT_EQ(message([](auto& o) { o.width = 7; }).rfind("width: 7", 0), 0u);
  EXPECT_NE(message([](auto& o) { o.actions = {"jump"}; }).find("no action \"jump\""), std::string::npos);
  EXPECT_NE(message([](auto& o) { o.actions = {"walk", "walk"}; }).find("twice"), std::string::npos);
  EXPECT_FALSE(fs::exists(options().folder));
}

TEST_F(Dataset, StoriesCarryTheirTruth) {
  const fs::path path = folder_ / "story.mp4";
  fs::create_directories(folder_);
  const StoryOptions small{.seed = 4, .width = 64, .height = 48, .fps = 10};
  draw_story(path, {{"pushup", 3}, {"situp", 2}, {"pullup", 3}}, small, progress_);
  EXPECT_EQ(media::open_source(path)->info().num_frames, 80);
  const auto truth = nlohmann::json::parse(base::read_file(folder_ / "story.json"));
  ASSERT_EQ(truth.size(), 3u);
  EXPECT_EQ(truth[0]["label"], "pushup");
  EXPECT_EQ(truth[2]["label"], "pullup");
  EXPECT_DOUBLE_EQ(truth[2]["end_seconds"].get<double>(), 8);
  double shown = 0, last_end = 0;
  for (const auto& act : truth) {
    EXPECT_GE(act["start_seconds"].get<double>(), last_end);
    last_end = act["end_seconds"].get<double>();
    shown += last_end - act["start_seconds"].get<double>();
  }
  EXPECT_GE(shown, 0.75 * 8);
}

TEST_F(Dataset, StoriesRefuseWhatTheyCannotDraw) {
  const StoryOptions small{.seed = 4, .width = 64, .height = 48, .fps = 10};
  EXPECT_THROW(draw_story(folder_ / "a.mp4", {}, small, progress_), base::UserError);
  EXPECT_THROW(draw_story(folder_ / "a.mp4", {{"walk", 0.1}}, small, progress_), base::UserError);
  EXPECT_THROW(draw_story(folder_ / "a.mp4", {{"hop", 3}}, small, progress_), base::UserError);
  EXPECT_THROW(draw_story(folder_ / "a.json", {{"walk", 3}}, small, progress_), base::UserError);
  EXPECT_FALSE(fs::exists(folder_));
}

TEST(Story, KeepsAPersonWhoTravelsInThePicture) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    StoryOptions options;
    options.seed = seed;
    const Scene scene = story_scene({{"walk", 7}, {"run", 7}, {"push", 7}, {"ride_bike", 7}, {"walk", 7}}, options);
    for (double seconds = 0; seconds < 35; seconds += 0.5) {
      const Vec3 waist = scene.script.origin_at(seconds) + Vec3{0, 0, 1};
      const Projected seen = camera_at(scene, seconds, options.width, options.height).project(waist);
      EXPECT_GT(seen.depth, 1) << seed << ", " << seconds;
      EXPECT_NEAR(seen.u, options.width / 2.0, options.width * 0.3) << seed << ", " << seconds;
    }
  }
}

}  // namespace
}  // namespace gerund::synth
