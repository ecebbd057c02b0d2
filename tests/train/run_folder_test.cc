#include "train/run_folder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "base/error.h"
#include "small_videos.h"

namespace gerund::train {
namespace {

class RunFolderTest : public testing::Test {
 protected:
  nets::Checkpoint checkpoint(int64_t epoch, double loss) {
    nets::Checkpoint made;
    made.experiment.dataset.label_map = {{"walk", 0}, {"run", 1}};
    made.labels = {"walk", "run"};
    made.recipe = "{}";
    made.state.epoch = epoch;
    made.state.history.push_back({epoch, 0.1, 0.5, 0.5, loss, 0.5, 1.0});
    made.weights["w"] = tensor::Tensor({1}, std::vector<float>{static_cast<float>(epoch)});
    made.optimizer["w"] = tensor::Tensor({1}, std::vector<float>{7});
    return made;
  }

  std::set<std::string> names() {
    std::set<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      result.insert(entry.path().filename().string());
    return result;
  }

  testing_data::TemporaryFolder folder_{"run_folder"};
  const std::filesystem::path& path_ = folder_.path();
};

TEST_F(RunFolderTest, KeepsTheNewestEpochsBestAndLast) {
  const RunFolder folder(path_, 2);
  for (int64_t epoch : {8, 9, 10}) {
    const nets::Checkpoint made = checkpoint(epoch, 0.25);
    folder.save_last(made);
    folder.keep_epoch(made.state.history.back());
    if (epoch == 8) folder.keep_best();
  }
  EXPECT_EQ(names(), (std::set<std::string>{"ar_model_epoch=10-val_loss=0.2500.safetensors",
                                            "ar_model_epoch=9-val_loss=0.2500.safetensors", "best.safetensors",
                                            "last.safetensors"}));
  EXPECT_EQ(nets::load_checkpoint(folder.best()).state.epoch, 8);
  EXPECT_EQ(nets::load_checkpoint(folder.last()).state.epoch, 10);
}

TEST_F(RunFolderTest, ANewLastLeavesBestAsItWas) {
  const RunFolder folder(path_, 0);
  folder.save_last(checkpoint(0, 0.5));
  folder.keep_best();
  folder.save_last(checkpoint(1, 0.6));
  folder.keep_epoch(checkpoint(1, 0.6).state.history.back());
  EXPECT_EQ(nets::load_checkpoint(folder.best()).weights.at("w").floats()[0], 0.0F);
  EXPECT_EQ(names(), (std::set<std::string>{"best.safetensors", "last.safetensors"}));
}

// A resumed run gives the last checkpoint its names once more; they must neither stay behind nor stop the next epoch.
TEST_F(RunFolderTest, GivingANameTwiceChangesNothing) {
  const RunFolder folder(path_, 1);
  const nets::Checkpoint first = checkpoint(0, 0.5), second = checkpoint(1, 0.25);
  folder.save_last(first);
  for (int time = 0; time < 2; ++time) {
    folder.keep_epoch(first.state.history.back());
    folder.keep_best();
  }
  EXPECT_EQ(names(), (std::set<std::string>{"ar_model_epoch=0-val_loss=0.5000.safetensors", "best.safetensors",
                                            "last.safetensors"}));
  folder.save_last(second);
  folder.keep_epoch(second.state.history.back());
  folder.keep_best();
  EXPECT_EQ(nets::load_checkpoint(folder.best()).state.epoch, 1);
}

TEST_F(RunFolderTest, WithoutValidationTheNameCarriesTheTrainingLoss) {
  EXPECT_EQ(RunFolder::epoch_file_name({3, 0.1, 0.75, 0.5, std::nullopt, std::nullopt, 1}),
            "ar_model_epoch=3-train_loss=0.7500.safetensors");
}

TEST(FolderLock, KeepsASecondTrainingOut) {
  const testing_data::TemporaryFolder folder("lock");
  {
    const FolderLock first(folder.path());
    EXPECT_THROW(FolderLock(folder.path()), base::UserError);
  }
  EXPECT_NO_THROW(FolderLock(folder.path()));
}

}  // namespace
}  // namespace gerund::train
