// gerund dataset as its users run it: what it prints, exit codes, files.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "cli/trained_program.h"
#include "small_videos.h"

namespace gerund {
namespace {

using nlohmann::json;

class DatasetCli : public Cli {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<testing_data::TemporaryFolder>("dataset_cli");
    testing_data::write_two_classes(dir() / "clips", 4, 1);
    testing_data::write_two_classes(dir() / "more", 2, 50);
  }
  static void TearDownTestSuite() { folder_.reset(); }
};

TEST_F(DatasetCli, EveryVerbHasHelpWithAnExample) {
  for (const std::string verb : {"import", "split", "extract", "flow", "check", "show", "stats"}) {
    const Outcome outcome = run("dataset " + verb + " --help");
    EXPECT_EQ(outcome.code, 0);
    EXPECT_NE(outcome.out.find("Example: gerund dataset " + verb), std::string::npos) << outcome.out;
  }
  EXPECT_EQ(run("dataset").code, 2);
  EXPECT_EQ(run("dataset turn clips").code, 2);
}

TEST_F(DatasetCli, ASplitPrintsTheReferencesLinesAndMovesNothing) {
  const Outcome outcome = run("dataset split clips halves --ratio 0.5 --seed 3 --group '([0-9])$'");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "Split: \n Train: 4\n Test: 4\n");
  EXPECT_TRUE(fs::exists(dir() / "clips/left/clip0.avi"));
  base::write_file(dir() / "lists/left_test_split1.txt", "clip0.avi 1\nclip1.avi 2\nclip2.avi 0\nclip3.avi 1\n");
  base::write_file(dir() / "lists/right_test_split1.txt", "clip0.avi 1\nclip1.avi 2\nclip2.avi 0\nclip3.avi 0\n");
  EXPECT_EQ(run("dataset split clips official --hmdb51-splits lists").out, "Split 1: \n Train: 3\n Test: 2\n");
  EXPECT_TRUE(fs::is_symlink(dir() / "official/test/right/clip1.avi"));
  expect_user_error(run("dataset split clips x"), {"--hmdb51-splits", "--ucf101-lists", "--ratio"});
  expect_user_error(run("dataset split clips official --ratio 0.5"), {"official/", "another folder"});
  EXPECT_EQ(run("dataset split clips x --ratio 0.5 --hmdb51-splits lists").code, 2);
}

TEST_F(DatasetCli, ExtractPrintsTheReferencesLinesAndEndsWith1WhereAClipIsBroken) {
  fs::copy(dir() / "clips", dir() / "mixed", fs::copy_options::recursive);
  base::write_file(dir() / "mixed/right/bad.avi", "no video");
  const Outcome outcome = run("dataset extract mixed frames");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out,
            "Preprocess left\nf cnt: 12.0\nf cnt: 12.0\nf cnt: 12.0\nf cnt: 12.0\n"
            "Preprocess right\nf cnt: 12.0\nf cnt: 12.0\nf cnt: 12.0\nf cnt: 12.0\n");
  EXPECT_NE(outcome.err.find("error: mixed/right/bad.avi: "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("Extracting"), std::string::npos) << outcome.err;
  EXPECT_TRUE(fs::exists(dir() / "frames/left/clip0/rgb/000012.png"));
  EXPECT_FALSE(fs::exists(dir() / "frames/right/bad"));
}

TEST_F(DatasetCli, FlowComesFromVideosAndGoesBesideFrames) {
  ASSERT_EQ(run("dataset extract more frames2").code, 0);
  const Outcome outcome = run("dataset flow frames2 frames2 --clamp 20 --png");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out.substr(0, 28), "Preprocess left\nf cnt: 11.0\n");
  EXPECT_TRUE(fs::exists(dir() / "frames2/right/clip1/v/000011.png"));
  EXPECT_FALSE(fs::exists(dir() / "frames2/right/clip1/v/000012.png"));
  expect_user_error(run("dataset flow more x --method farnback"), {"farnback", "farneback"});
  expect_user_error(run("dataset split more x --ratio 0"), {"--ratio", "0"});
  expect_user_error(run("dataset show clips clips"), {"is the data set itself"});
  expect_user_error(run("dataset flow more x --clamp -3"), {"-3"});
}

TEST_F(DatasetCli, CheckTellsByItsExitCode) {
  const Outcome clean = run("dataset check clips --frames 12");
  EXPECT_EQ(clean.code, 0) << clean.out << clean.err;
  EXPECT_EQ(clean.out, "no findings\n");
  fs::create_directories(dir() / "copied/left");
  fs::copy_file(dir() / "clips/left/clip2.avi", dir() / "copied/left/other.avi");
  const Outcome found = run("dataset check clips --against copied --frames 13 --json");
  EXPECT_EQ(found.code, 1);
  std::map<std::string, int> kinds;
  const json report = json::parse(found.out);
  for (const auto& finding : report.at("findings")) ++kinds[finding.at("kind")];
  EXPECT_EQ(kinds, (std::map<std::string, int>{{"too_short", 9}, {"duplicate", 1}, {"labels", 1}}));
  expect_user_error(run("dataset check nowhere"), {"nowhere", "does not exist"});
}

TEST_F(DatasetCli, StatsAndSheets) {
  const json stats = json::parse(run("dataset stats clips --json").out);
  EXPECT_EQ(stats.at("classes").at("left").at("clips"), 4);
  EXPECT_EQ(stats.at("all").at("frames"), 96);
  EXPECT_NE(run("dataset stats clips").out.find("48x48"), std::string::npos);
  EXPECT_EQ(run("dataset show clips sheets").code, 0);
  EXPECT_TRUE(fs::exists(dir() / "sheets/right.png"));
}

TEST_F(DatasetCli, ImportSaysWhatItDid) {
  const Outcome outcome = run("dataset import clips mine --copy");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "8 clips in mine: 8 new, 0 were there\n");
  EXPECT_EQ(run("dataset import clips mine --copy").out, "8 clips in mine: 0 new, 8 were there\n");
  expect_user_error(run("dataset import clips mine"), {"mine/", "nothing is overwritten"});
  EXPECT_EQ(run("dataset import clips mine --copy --link").code, 2);
}

}  // namespace
}  // namespace gerund
