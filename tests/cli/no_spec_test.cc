// gerund train DATA_DIR, sweep and find-lr: what needs no spec, and what finds good settings.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "trained_program.h"

namespace gerund {
namespace {

/// Quick to train.
const std::string kQuick =
    " train.num_epochs=1 model.width=4 model.input_width=32 model.input_height=32 "
    "model.rgb_seq_length=4 train.num_threads=1 dataset.workers=1 ";

class NoSpec : public Cli {
 protected:
  static bool holds(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }
  static int64_t count_clips(const fs::path& folder) {
    int64_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) count += entry.path().extension() == ".avi";
    return count;
  }
};

TEST_F(NoSpec, TrainsOnAFolderAndLeavesAModel) {
  testing_data::write_two_classes(dir() / "mine", 6, 7);
  const Outcome trained = run("train mine -r whole" + kQuick);
  ASSERT_EQ(trained.code, 0) << trained.err;
  for (const char* words : {"Clips: 12 of 0.5 s", "Network: 3D ResNet-18 with a quarter", "none is mirrored"})
    EXPECT_TRUE(holds(trained.err, words)) << words << " is not in: " << trained.err;
  EXPECT_FALSE(holds(trained.err, "has no effect")) << trained.err;
  for (const char* file : {"report.html", "best.safetensors", "model.onnx", "spec.yaml"})
    EXPECT_TRUE(fs::exists(dir() / "whole" / "train" / file)) << file;
  EXPECT_EQ(count_clips(dir() / "whole" / "clips" / "train"), 10);
  EXPECT_EQ(count_clips(dir() / "whole" / "clips" / "test"), 2);
  EXPECT_EQ(run("infer whole/train/model.onnx clips/test/left").code, 0);
  const Outcome again = run("train mine -r whole" + kQuick);
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(holds(again.out, "This run is finished")) << again.out;
  EXPECT_TRUE(holds(again.out, "model.rgb_pretrained_model_path=")) << again.out;  // Its rate follows the epochs.
  const Outcome repeated = run("train -e whole/train/spec.yaml -r repeated");
  EXPECT_EQ(repeated.code, 0) << repeated.err;
  EXPECT_FALSE(holds(repeated.err, "no effect")) << repeated.err;
  expect_user_error(run("train mine -r repeated"), {"repeated: has a run of a spec"});
  EXPECT_FALSE(fs::exists(dir() / "repeated" / "clips"));
  expect_user_error(run("train mine -r typo model.backbone=vit"), {"vit"});
  EXPECT_FALSE(fs::exists(dir() / "typo"));
}

TEST_F(NoSpec, TakesPartsAsTheyAre) {
  const Outcome trained = run("train clips -r parts" + kQuick);
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_FALSE(fs::exists(dir() / "parts" / "clips"));
  EXPECT_TRUE(holds(base::read_file(dir() / "parts" / "train" / "spec.yaml"),
                    "val_dataset_dir: " + (dir() / "clips" / "test").string()));
}

TEST_F(NoSpec, SaysWhatIsWrongWithTheClips) {
  testing_data::write_two_classes(dir() / "few", 2, 7);
  expect_user_error(run("train few -r few_results"), {"class 'left' has 2 clips", "needs 4"});
  fs::remove_all(dir() / "few" / "left");
  expect_user_error(run("train few -r few_results"), {"there is one class, 'right'"});
  EXPECT_FALSE(fs::exists(dir() / "few_results"));
  testing_data::write_two_classes(dir() / "torn", 6, 7);
  base::write_file(dir() / "torn/left/noise.avi", "no video");
  expect_user_error(run("train torn -r torn_results --strict" + kQuick), {"noise.avi"});
  EXPECT_FALSE(fs::exists(dir() / "torn_results"));
  expect_user_error(run("train nowhere"), {"nowhere: does not exist"});
  expect_user_error(run("train few mine"), {"'mine': one word too many"});
  testing_data::write_two_classes(dir() / "odd", 5, 7);
  fs::copy_file(dir() / "odd/left/clip0.avi", dir() / "odd/left/twin.avi");
  testing_data::write_moving_square(dir() / "odd/right/short.avi", 1, 3, 3);
  const Outcome odd = run("train odd -r odd_results" + kQuick);
  EXPECT_EQ(odd.code, 0) << odd.err;
  EXPECT_TRUE(holds(odd.err, "clips with a twin of the same bytes: 1 (odd/left/twin.avi); take one of each pair away"))
      << odd.err;
  EXPECT_TRUE(holds(odd.err, "film longer ones, or let it see fewer")) << odd.err;
}

TEST_F(NoSpec, KeepsRecordingsWholeAndSaysWhereThatLeavesNone) {
  testing_data::write_two_classes(dir() / "told", 6, 7);
  for (const char* label : {"left", "right"})
    for (int i = 0; i < 6; ++i)
      fs::rename(dir() / "told" / label / fmt::format("clip{}.avi", i),
                 dir() / "told" / label / fmt::format("person{}_{}.avi", i / 2, i));
  const Outcome trained = run("train told results_dir=by_person" + kQuick);
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_TRUE(holds(trained.err, "3 recordings by the clips' names (person0, person1, person2)")) << trained.err;
  for (int person = 0; person < 3; ++person) {
    int64_t num_tested = 0;
    for (const char* label : {"left", "right"})
      for (int i = 2 * person; i < 2 * person + 2; ++i)
        num_tested += fs::exists(dir() / "by_person/clips/test" / label / fmt::format("person{}_{}.avi", person, i));
    EXPECT_TRUE(num_tested == 0 || num_tested == 4) << person << " " << num_tested;
  }
  const Outcome leaking = run("dataset check by_person/clips/train --against by_person/clips/test");
  EXPECT_EQ(leaking.code, 0) << leaking.out;

  testing_data::write_two_classes(dir() / "one", 5, 7);
  for (const char* label : {"left", "right"})
    for (int i = 0; i < 5; ++i)
      fs::rename(dir() / "one" / label / fmt::format("clip{}.avi", i),
                 dir() / "one" / label / fmt::format("v_{}_g01_c0{}.avi", label, i));
  expect_user_error(run("train one -r none" + kQuick), {"all 10 clips come from 2 recordings", "DATA_DIR/train"});
  EXPECT_FALSE(fs::exists(dir() / "none"));
}

TEST_F(NoSpec, OtherClipsInTheSameFolderAreRefused) {
  testing_data::write_two_classes(dir() / "grow", 6, 7);
  ASSERT_EQ(run("train grow -r grown" + kQuick).code, 0);
  testing_data::write_two_classes(dir() / "more", 3, 70);
  for (const char* label : {"left", "right"})
    for (int i = 0; i < 3; ++i)
      fs::rename(dir() / "more" / label / fmt::format("clip{}.avi", i),
                 dir() / "grow" / label / fmt::format("new{}.avi", i));
  expect_user_error(run("train grow -r grown" + kQuick),
                    {"grown: was made with other clips than grow has now", "gerund train grow -r grown2"});
  EXPECT_EQ(run("train grow -r grown2" + kQuick).code, 0);
}

TEST_F(NoSpec, BlackClipsDoNotCountAndSharedOnesAreTold) {
  testing_data::write_two_classes(dir() / "dim", 5, 7);
  for (int i = 0; i < 5; ++i)
    testing_data::write_plain(dir() / fmt::format("dim/left/clip{}.avi", i), i % 2 == 0 ? 0 : 16);
  expect_user_error(run("train dim -r dimmed" + kQuick), {"class 'left' has 0 clips that can be used"});
  testing_data::write_two_classes(dir() / "both/train", 4, 7);
  fs::copy(dir() / "both/train", dir() / "both/val", fs::copy_options::recursive);
  const Outcome leaking = run("train both -r leaked" + kQuick);
  EXPECT_EQ(leaking.code, 0) << leaking.err;
  EXPECT_TRUE(holds(leaking.err, "clips with a twin of the same bytes: 8 (both/val/")) << leaking.err;
  EXPECT_TRUE(holds(base::read_file(dir() / "leaked/train/report.html"), "clips with a twin of the same bytes: 8"));
}

TEST_F(NoSpec, SweepComparesEveryCombinationAndGoesOn) {
  const std::string line = "sweep -e spec.yaml -r swept train.num_epochs=1 --grid model.rgb_seq_length=2,4 --grid ";
  const Outcome swept = run(line + "train.optim.lr=0.01,1e30");
  ASSERT_EQ(swept.code, 0) << swept.err;
  EXPECT_TRUE(holds(swept.out, "rgb_seq_length  lr    val acc %")) << swept.out;
  EXPECT_TRUE(holds(swept.out, "failed: train.optim.lr: the loss is not a number")) << swept.out;
  EXPECT_TRUE(holds(swept.out, "best: swept/sweep/rgb_seq_length=")) << swept.out;
  const std::string table = base::read_file(dir() / "swept" / "sweep" / "sweep.csv");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 5);
  const Outcome again = run(line + "train.optim.lr=0.01");
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_FALSE(holds(again.err, "epoch   1/1")) << again.err;
  expect_user_error(run("sweep -e spec.yaml -r no --grid train.optim.lr=0.01,fast"), {"train.optim.lr", "fast"});
  expect_user_error(run("sweep -e spec.yaml -r no --grid train.optim.rl=0.01"), {"train.optim.rl", "lr"});
  EXPECT_FALSE(fs::exists(dir() / "no"));
}

TEST_F(NoSpec, FindLrPrintsAWordForTheLineOfTrain) {
  const Outcome found = run("find-lr -e spec.yaml -r rates --from 1e-4 --to 1000 --updates 30");
  ASSERT_EQ(found.code, 0) << found.err;
  EXPECT_TRUE(holds(found.out, "train.optim.lr=") || holds(found.out, "The loss rose at no rate")) << found.out;
  EXPECT_TRUE(fs::exists(dir() / "rates" / "find_lr" / "rates.png"));
  EXPECT_TRUE(holds(base::read_file(dir() / "rates" / "find_lr" / "rates.csv"), "rate,loss,smooth_loss\n0.0001,"));
  EXPECT_FALSE(fs::exists(dir() / "rates" / "train"));
  expect_user_error(run("find-lr -e spec.yaml -r rates --from 1 --to 0.1"), {"--from 1 --to 0.1"});
}

}  // namespace
}  // namespace gerund
