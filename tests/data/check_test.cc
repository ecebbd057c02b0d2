#include "data/check.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "data/drawn_clips.h"
#include "data/frame_folders.h"
#include "data/stats.h"
#include "media/frame_source.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

/// A clip without a fault and with a look of its own.
ClipFacts clip(const std::string& label, const std::string& name, int64_t num_frames = 20) {
  static int number = 0;
  ClipFacts facts;
  facts.item = {fs::path(label) / name, label, 0, num_frames, static_cast<double>(num_frames) / 25};
  facts.info = {320, 240, num_frames, num_frames, 25, static_cast<double>(num_frames) / 25, "mpeg4"};
  facts.num_bytes = 1000;
  facts.sha256 = "sum" + std::to_string(++number);
  facts.look.emplace().levels.fill(static_cast<uint8_t>(20 + 5 * number % 200));
  return facts;
}

/// "kind path" of each finding.
std::vector<std::string> found(const Survey& survey, const std::optional<Survey>& test = std::nullopt,
                               int64_t min_frames = 1) {
  std::vector<std::string> names;
  for (const Finding& finding : check(survey, test, {min_frames})) names.push_back(finding.kind + " " + finding.path);
  return names;
}

TEST(Check, ACleanSetHasNoFindings) {
  const Survey survey{{clip("run", "a"), clip("run", "b"), clip("walk", "a")}, {}};
  EXPECT_TRUE(found(survey).empty());
  EXPECT_EQ(to_text(std::vector<Finding>()), "no findings\n");
}

TEST(Check, BrokenShortAndBlackClips) {
  Survey survey{{clip("run", "a", 15), clip("run", "b", 16), clip("walk", "dark")}, {{"run/bad.avi", "no video"}}};
  survey.clips[2].look->levels.fill(3);
  EXPECT_EQ(found(survey, std::nullopt, 16),
            (std::vector<std::string>{"unreadable run/bad.avi", "too_short run/a", "black walk/dark"}));
  survey.clips[2].look->levels[300] = 255;  // A spot of light in one frame is no picture either ...
  EXPECT_EQ(found(survey).size(), 2U);
  for (size_t i = 256; i < 512; ++i) survey.clips[2].look->levels[i] = 40;  // ... but a frame is.
  EXPECT_EQ(found(survey).size(), 1U);
}

TEST(Check, BlackOfAMistakenRangeIsBlackAndADarkPictureIsNot) {
  Survey survey{{clip("run", "a"), clip("walk", "dark")}, {}};
  survey.clips[1].look->levels.fill(16);
  survey.clips[1].look->levels[7] = 18;
  EXPECT_EQ(found(survey), std::vector<std::string>{"black walk/dark"});
  survey.clips[1].look->levels[7] = 12;
  EXPECT_TRUE(found(survey).empty());
}

TEST(Check, ASetThatWasNotLookedIntoIsNotBlackNorFullOfTwins) {
  Survey survey{{clip("run", "a"), clip("run", "b"), clip("walk", "c")}, {}};
  for (ClipFacts& facts : survey.clips) {
    facts.sha256.clear();
    facts.look.reset();
  }
  EXPECT_TRUE(found(survey).empty());
}

TEST(Check, ClipsOfWhichTheEndIsMissing) {
  Survey survey{{clip("run", "a", 90), clip("run", "b", 89), clip("walk", "c", 50), clip("walk", "d", 100)}, {}};
  survey.clips[0].info.stated_frames = survey.clips[1].info.stated_frames = 100;
  survey.clips[2].info.stated_frames = 0;
  EXPECT_EQ(found(survey), std::vector<std::string>{"cut run/b"});
}

TEST(Check, FlowOfWhichHalfIsMissing) {
  Survey survey{{clip("walk", "half"), clip("walk", "whole")}, {}};
  survey.clips[0].num_u = 3;
  survey.clips[0].num_v = 1;
  survey.clips[1].num_u = survey.clips[1].num_v = 3;
  EXPECT_EQ(found(survey), std::vector<std::string>{"flow walk/half"});
}

TEST(Check, DuplicatesWithinAndAcross) {
  Survey train{{clip("run", "a"), clip("run", "b"), clip("walk", "c")}, {}},
      test{{clip("run", "x"), clip("walk", "y")}, {}};
  train.clips[1].sha256 = train.clips[0].sha256;
  test.clips[1].sha256 = train.clips[0].sha256;
  const auto findings = check(train, test, {});
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].kind, "duplicate");
  EXPECT_EQ(findings[0].other, "run/a");
  EXPECT_NE(findings[1].text.find("one is trained on, the other tested with"), std::string::npos);
  EXPECT_NE(findings[1].text.find("their classes differ: walk and run"), std::string::npos);
}

/// Level 100 with a spot that lights up frame by frame, forwards or backwards.
Look moving(bool forwards, int brighter) {
  Look look;
  for (size_t frame = 0; frame < 8; ++frame)
    for (size_t pixel = 0; pixel < 256; ++pixel)
      look.levels[frame * 256 + pixel] =
          static_cast<uint8_t>(100 + brighter + (pixel < 40 ? 3 * (forwards ? frame : 7 - frame) : 0));
  return look;
}

TEST(Check, LooksAreTheSameWhereTheyAreNearAndChangeAlike) {
  Survey train{{clip("run", "a")}, {}}, test{{clip("run", "x")}, {}};
  Look& trained = *train.clips[0].look;
  Look& tested = *test.clips[0].look;
  trained = moving(true, 0);
  tested = moving(true, 1);
  EXPECT_NEAR(trained.distance(tested), 1, 1e-9);
  EXPECT_NEAR(*trained.agreement(tested), 1, 1e-9);
  EXPECT_EQ(found(train, test), std::vector<std::string>{"near_duplicate run/x"});
  test.clips[0].item.num_frames = 30;  // Of other length.
  EXPECT_TRUE(found(train, test).empty());
  test.clips[0].item.num_frames = 20;
  tested = moving(true, 2);  // Too far.
  EXPECT_TRUE(found(train, test).empty());
  tested = moving(false, 0);  // The same scene, another motion: (7 + 5 + 3 + 1) * 2 * 3 * 40 / 2048 = 1.875 of 1.5.
  EXPECT_NEAR(trained.distance(tested), 1.875, 1e-9);
  EXPECT_NEAR(*trained.agreement(tested), -1, 1e-9);
}

TEST(Check, StillClipsMustBeNearer) {
  Survey train{{clip("run", "a")}, {}}, test{{clip("run", "x")}, {}};
  train.clips[0].look->levels.fill(100);
  test.clips[0].look->levels.fill(101);
  EXPECT_EQ(train.clips[0].look->agreement(*test.clips[0].look), std::nullopt);
  EXPECT_TRUE(found(train, test).empty());
  std::fill_n(test.clips[0].look->levels.begin(), 1024, uint8_t{100});
  EXPECT_EQ(found(train, test), std::vector<std::string>{"near_duplicate run/x"});
}

TEST(Check, RecordingsInBothSets) {
  const Survey train{{clip("Biking", "v_Biking_g01_c01.avi"), clip("Biking", "v_Biking_g02_c01.avi")}, {}};
  const Survey test{{clip("Biking", "v_Biking_g02_c03.avi"), clip("Biking", "v_Biking_g03_c01.avi")}, {}};
  EXPECT_EQ(found(train, test), std::vector<std::string>{"leak Biking/v_Biking_g02_c03.avi"});
}

TEST(Check, ClassesRatesAndLabels) {
  Survey train{{clip("run", "a"), clip("run", "b"), clip("run", "c"), clip("run", "d"), clip("walk", "a")}, {}};
  EXPECT_TRUE(found(train).empty());  // Four to one is still even.
  train.clips.push_back(clip("run", "e"));
  EXPECT_EQ(found(train), std::vector<std::string>{"imbalance "});
  train.clips.back().info.fps = 27.5;
  EXPECT_EQ(found(train), std::vector<std::string>{"imbalance "});
  train.clips.back().info.fps = 30;
  EXPECT_EQ(found(train), (std::vector<std::string>{"imbalance ", "frame_rates "}));
  const Survey even{{clip("run", "a"), clip("walk", "a")}, {}}, other{{clip("run", "b"), clip("swim", "a")}, {}};
  EXPECT_EQ(found(even, other), (std::vector<std::string>{"labels ", "labels "}));
}

TEST(Check, JsonHoldsEveryFinding) {
  Survey survey{{clip("run", "a", 3)}, {}};
  const auto json = nlohmann::json::parse(to_json(check(survey, std::nullopt, {8})));
  EXPECT_EQ(json.at("schema"), "gerund.dataset_check/1");
  EXPECT_EQ(json.at("findings").at(0).at("kind"), "too_short");
  EXPECT_EQ(json.at("findings").at(0).at("path"), "run/a");
}

class SurveyOfFiles : public drawn::Folder {
 protected:
  Survey look() {
    base::Progress silent;
    return survey(scan_dataset(folder_ / "in", label_map_from_folders(folder_ / "in")).items, {true, 2}, silent);
  }
};

/// A clip shrunk to half its size, coded anew with another codec.
void recode(const fs::path& from, const fs::path& to) {
  const auto source = media::open_source(from);
  media::WriterOptions options;
  options.width = source->info().width / 2;
  options.height = source->info().height / 2;
  options.codec = media::Codec::h264;
  media::VideoWriter writer(to, options);
  while (const auto frame = source->next()) {
    tensor::Frame small(options.width, options.height);
    for (int y = 0; y < small.height; ++y)
      for (int x = 0; x < small.width * 3; ++x) small.row(y)[x] = frame->row(2 * y)[x / 3 * 6 + x % 3];
    writer.push(small);
  }
  writer.finish();
}

TEST_F(SurveyOfFiles, ACopyAndAClipCodedAnewAreFound) {
  drawn::write_video(folder_ / "in/red/a.avi", 0, 20, 0, 160, 120);
  drawn::write_video(folder_ / "in/red/b.avi", 0, 20, 3, 160, 120);
  drawn::write_video(folder_ / "in/green/c.avi", 1, 20, 0, 160, 120);
  fs::copy_file(folder_ / "in/red/a.avi", folder_ / "in/red/copy.avi");
  recode(folder_ / "in/green/c.avi", folder_ / "in/green/recoded.mp4");
  drawn::write_damaged(folder_ / "in/green/bad.avi");
  std::vector<std::string> names;
  for (const Finding& finding : check(look(), std::nullopt, {}))
    names.push_back(finding.kind + " " + fs::path(finding.path).filename().string());
  EXPECT_EQ(names,
            (std::vector<std::string>{"unreadable bad.avi", "duplicate copy.avi", "near_duplicate recoded.mp4"}));
}

TEST_F(SurveyOfFiles, PicturesOfFlowAreCounted) {
  drawn::write_video(folder_ / "videos/walk/a.avi", 0, 9);
  base::Progress silent;
  extract_frames(
      scan_dataset(folder_ / "videos", {{"walk", 0}}).items, {folder_ / "in", 1}, [](const Converted&) {}, silent);
  for (const char* name : {"u/000001.jpg", "u/000002.jpg", "v/000001.jpg"})
    base::write_file(folder_ / "in/walk/a" / name, "x");
  const Survey survey = look();
  ASSERT_EQ(survey.clips.size(), 1U);
  EXPECT_EQ(survey.clips[0].num_u, 2U);
  EXPECT_EQ(survey.clips[0].num_v, 1U);
}

TEST_F(SurveyOfFiles, StatsCountFramesSecondsRatesAndSizes) {
  drawn::write_video(folder_ / "in/red/a.avi", 0, 20);
  drawn::write_video(folder_ / "in/red/b.avi", 0, 30, 1, 64, 48);
  drawn::write_video(folder_ / "in/green/c.avi", 1, 10);
  drawn::write_damaged(folder_ / "in/green/bad.avi");
  const Stats stats = stats_of(look());
  const ClassStats& red = stats.classes.at("red");
  EXPECT_EQ(red.num_clips, 2);
  EXPECT_EQ(red.num_frames, 50);
  EXPECT_EQ(red.shortest_frames, 20);
  EXPECT_EQ(red.longest_frames, 30);
  EXPECT_NEAR(red.seconds, 2, 1e-9);
  EXPECT_EQ(red.frame_rates.at(25), 2);
  EXPECT_EQ(red.sizes.at({64, 48}), 1);
  EXPECT_EQ(stats.all.num_frames, 60);
  EXPECT_EQ(stats.all.num_bytes,
            static_cast<int64_t>(fs::file_size(folder_ / "in/red/a.avi") + fs::file_size(folder_ / "in/red/b.avi") +
                                 fs::file_size(folder_ / "in/green/c.avi")));
  EXPECT_NE(to_text(stats).find("unreadable: "), std::string::npos);
  const auto json = nlohmann::json::parse(to_json(stats));
  EXPECT_EQ(json.at("classes").at("red").at("frames"), 50);
  EXPECT_EQ(json.at("broken").size(), 1U);
}

TEST(Advice, CountsAClipOnceThatLooksLikeSeveral) {
  Survey survey;
  for (const char* name : {"a.avi", "b.avi", "c.avi", "d.avi"}) survey.clips.push_back(clip("walk", name));
  for (ClipFacts& facts : survey.clips) facts.look->levels.fill(99);
  ASSERT_EQ(check(survey, std::nullopt, {1}).size(), 6U);
  EXPECT_NE(advice_on(check(survey, std::nullopt, {1})).at(0).find("look the same as another: 3 ("), std::string::npos);
}

TEST(Advice, IsASentenceForEachKindOfFinding) {
  Survey survey;
  for (int i = 0; i < 5; ++i) survey.clips.push_back(clip("walk", "long" + std::to_string(i) + ".avi", 40));
  for (const char* name : {"a.avi", "b.avi", "c.avi", "d.avi"}) survey.clips.push_back(clip("walk", name, 7));
  survey.clips[8].look->levels.fill(0);
  const std::vector<std::string> advice = advice_on(check(survey, std::nullopt, {16}));
  ASSERT_EQ(advice.size(), 2U);
  EXPECT_EQ(advice[0],
            "clips of fewer frames than the network sees at once, so that frames come more than once: 4 (walk/a.avi, "
            "walk/b.avi, walk/c.avi and 1 more); film longer ones, or let it see fewer (model.rgb_seq_length)");
  EXPECT_EQ(advice[1],
            "clips of nothing but black: 1 (walk/d.avi); look whether the lens was covered, and take them away");
  survey.clips[0].info.fps = 50;
  const std::vector<std::string> more = advice_on(check(survey, std::nullopt, {1}));
  ASSERT_EQ(more.size(), 2U);
  EXPECT_NE(more[1].find("; bring all clips to one rate"), std::string::npos) << more[1];
  EXPECT_TRUE(advice_on({}).empty());
}

}  // namespace
}  // namespace gerund::data
