#include "train/trainer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "message_of.h"
#include "small_videos.h"
#include "train/run_folder.h"
#include "train/setup.h"
#include "train/watch.h"

namespace gerund::train {
namespace {

namespace fs = std::filesystem;

// Raises Ctrl-C's flag once a piece of work has made so many updates in total.
class InterruptingProgress : public base::Progress {
 public:
  explicit InterruptingProgress(int64_t updates) : left_(updates) {}
  void start(std::string_view title, int64_t, std::string_view) override { counts_ = title.starts_with("Epoch"); }
  void update(int64_t, std::string_view) override {
    if (counts_ && --left_ == 0) base::request_interrupt();
  }

 private:
  int64_t left_;
  bool counts_ = false;
};

class TrainerTest : public testing::Test {
 protected:
  void SetUp() override {
    base::request_interrupt(false);
    testing_data::write_two_classes(folder_.path() / "train", 5, 1);
    testing_data::write_two_classes(folder_.path() / "val", 2, 100);
  }
  void TearDown() override { base::request_interrupt(false); }

  spec::Experiment experiment(const std::string& results) const {
    spec::Experiment made;
    made.results_dir = (folder_.path() / results).string();
    made.model.input_type = "3d";
    made.model.rgb_seq_length = 4;
    made.model.input_width = 32;
    made.model.input_height = 32;
    made.model.width = 4;
    made.dataset.label_map = {{"left", 0}, {"right", 1}};
    made.dataset.train_dataset_dir = (folder_.path() / "train").string();
    made.dataset.val_dataset_dir = (folder_.path() / "val").string();
    made.dataset.batch_size = 4;
    made.dataset.workers = 2;
    made.dataset.augmentation_config.crop_smaller_edge = 36;
    made.dataset.augmentation_config.horizontal_flip_prob = 0;
    made.train.num_epochs = 3;
    made.train.num_threads = 1;
    made.train.optim.lr = 0.02;
    return made;
  }

  std::string error_of(const spec::Experiment& made) {
    try {
      run_training(made, {}, silent_);
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "";
  }

  // Everything of a checkpoint that decides what comes next.
  static void expect_same(const fs::path& a, const fs::path& b) {
    const nets::Checkpoint one = nets::load_checkpoint(a);
    const nets::Checkpoint two = nets::load_checkpoint(b);
    ASSERT_EQ(one.weights.size(), two.weights.size());
    for (const auto& [name, value] : one.weights)
      EXPECT_TRUE(std::ranges::equal(value.raw(), two.weights.at(name).raw())) << name;
    for (const auto& [name, value] : one.optimizer)
      EXPECT_TRUE(std::ranges::equal(value.raw(), two.optimizer.at(name).raw())) << name;
    ASSERT_EQ(one.state.history.size(), two.state.history.size());
    for (size_t i = 0; i < one.state.history.size(); ++i) {
      EXPECT_EQ(one.state.history[i].train_loss, two.state.history[i].train_loss);
      EXPECT_EQ(one.state.history[i].val_loss, two.state.history[i].val_loss);
      EXPECT_EQ(one.state.history[i].lr, two.state.history[i].lr);
    }
  }

  testing_data::TemporaryFolder folder_{"trainer"};
  base::Progress silent_;
};

TEST_F(TrainerTest, StoppingAnywhereAndGoingOnGivesTheWeightsOfNeverStopping) {
  const TrainResult whole = run_training(experiment("whole"), {}, silent_);
  // 3 batches per epoch: after the first batch, in the middle of an epoch, and with the last batch before validation.
  for (int64_t stop_after : {1, 5, 6}) {
    const std::string results = "stopped" + std::to_string(stop_after);
    InterruptingProgress progress(stop_after);
    EXPECT_THROW(run_training(experiment(results), {}, progress), base::Interrupted);
    base::request_interrupt(false);
    const TrainResult resumed = run_training(experiment(results), {}, silent_);
    expect_same(whole.last, resumed.last);
    expect_same(whole.best, resumed.best);
  }
}

TEST_F(TrainerTest, NamesAnEarlierEpochWhereTheLastCheckpointIsDamaged) {
  const TrainResult whole = run_training(experiment("whole"), {}, silent_);
  run_training(experiment("damaged"), {}, silent_);
  spec::Experiment again = experiment("damaged");
  const std::filesystem::path folder = results_folder(again);
  const std::filesystem::path earlier = epoch_files(folder).at(1);
  std::filesystem::resize_file(folder / "last.safetensors", 1000);  // The newest epoch's file is the same.
  const std::string message = testing_data::message_of([&] { run_training(again, {}, silent_); });
  const std::string remedy = "train.resume_training_checkpoint_path=" + earlier.string();
  EXPECT_NE(message.find(remedy), std::string::npos) << message;
  again.train.resume_training_checkpoint_path = earlier.string();
  expect_same(whole.last, run_training(again, {}, silent_).last);
}

// From an earlier epoch in the same folder and in another one: best and the epochs' files are those of never stopping.
TEST_F(TrainerTest, GoingOnFromAnEarlierEpochHarmsNoOtherFile) {
  const auto watched = [&](const std::string& results) {
    spec::Experiment made = experiment(results);
    made.train.best_metric = "train_loss";
    return made;
  };
  const TrainResult whole = run_training(watched("whole"), {}, silent_);
  const std::vector<fs::path> epochs = epoch_files(whole.last.parent_path());
  ASSERT_EQ(epochs.size(), 3U);
  fs::copy(folder_.path() / "whole", folder_.path() / "copy", fs::copy_options::recursive);
  for (const char* results : {"copy", "elsewhere"}) {
    for (size_t from = 1; from < epochs.size(); ++from) {
      spec::Experiment again = watched(results);
      const fs::path folder = results_folder(again);
      again.train.resume_training_checkpoint_path =
          (results_folder(watched(from == 1 ? "whole" : results)) / epochs[from].filename()).string();
      if (!fs::exists(*again.train.resume_training_checkpoint_path)) continue;
      const TrainResult resumed = run_training(again, {}, silent_);
      EXPECT_FALSE(resumed.was_finished);
      expect_same(whole.best, resumed.best);
      expect_same(whole.last, resumed.last);
      for (const fs::path& epoch : epoch_files(folder)) expect_same(whole.last.parent_path() / epoch.filename(), epoch);
    }
  }
  // By a link: later saves must not go through it.
  const std::string bytes = base::read_file(epochs[1]);
  fs::create_symlink(epochs[1], folder_.path() / "link.safetensors");
  spec::Experiment linked = watched("linked");
  linked.train.resume_training_checkpoint_path = (folder_.path() / "link.safetensors").string();
  expect_same(whole.last, run_training(linked, {}, silent_).last);
  EXPECT_EQ(base::read_file(epochs[1]), bytes);
  const TrainResult finished = [&] {
    spec::Experiment again = watched("third");
    again.train.resume_training_checkpoint_path = epochs[0].string();
    return run_training(again, {}, silent_);
  }();
  EXPECT_TRUE(finished.was_finished);
  EXPECT_TRUE(fs::equivalent(finished.best, whole.best));
}

TEST_F(TrainerTest, ARunWithoutItsLastCheckpointIsNotBegunAnew) {
  const TrainResult run = run_training(experiment("run"), {}, silent_);
  fs::remove(run.last);
  const std::string bytes = base::read_file(run.best);
  spec::Experiment other = experiment("run");
  other.train.optim.lr = 0.5;
  const std::string message = testing_data::message_of([&] { run_training(other, {}, silent_); });
  EXPECT_NE(message.find("no last.safetensors"), std::string::npos) << message;
  EXPECT_EQ(base::read_file(run.best), bytes);
  other.train.resume_training_checkpoint_path = "nowhere.tlt";
  EXPECT_NE(
      testing_data::message_of([&] { run_training(other, {}, silent_); }).find("train.resume_training_checkpoint"),
      std::string::npos);
}

TEST_F(TrainerTest, GoesOnTheSameWithEverySettingOfTheLoop) {
  const auto full = [&](const std::string& results) {
    spec::Experiment made = experiment(results);
    made.dataset.batch_size = 2;  // 5 batches per epoch, updates after 2, 4 and 5.
    made.train.accumulate_batches = 2;
    made.train.ema_decay = 0.8;
    made.train.mixup_alpha = 0.3;
    made.train.label_smoothing = 0.1;
    made.train.class_balance = "sampler";
    made.train.class_weights = {{"left", 2}};
    made.train.freeze = {"conv1"};
    made.train.best_metric = "val_accuracy";
    made.train.optim.optimizer = "adamw";
    made.train.optim.lr = 0.005;
    made.train.optim.lr_scheduler = "Cosine";
    made.train.optim.warmup_epochs = 0.5;
    made.train.optim.lr_multipliers = {{"fc_cls", 3}};
    return made;
  };
  const TrainResult whole = run_training(full("whole"), {}, silent_);
  EXPECT_EQ(nets::load_checkpoint(whole.last).state.num_updates, 9);
  for (int64_t stop_after : {1, 4, 8}) {
    const std::string results = "stopped" + std::to_string(stop_after);
    InterruptingProgress progress(stop_after);
    EXPECT_THROW(run_training(full(results), {}, progress), base::Interrupted);
    base::request_interrupt(false);
    expect_same(whole.last, run_training(full(results), {}, silent_).last);
  }
  // The schedule follows from the number of epochs: another one is another run.
  spec::Experiment longer = full("whole");
  longer.train.num_epochs = 4;
  EXPECT_THROW(run_training(longer, {}, silent_), base::UserError);
}

TEST_F(TrainerTest, StopsEarlyWhenNothingGetsBetter) {
  spec::Experiment still = experiment("early");
  still.train.num_epochs = 9;
  still.train.optim.lr = 1e-12;  // Weights and statistics stay, so the validation accuracy does.
  still.train.freeze = {"conv1", "bn1", "layer1", "layer2", "layer3", "layer4"};
  still.train.best_metric = "val_accuracy";
  still.train.early_stopping_patience = 2;
  const TrainResult result = run_training(still, {}, silent_);
  EXPECT_EQ(result.history.size(), 3U);
  EXPECT_EQ(nets::load_checkpoint(result.best).state.history.size(), 1U);
  EXPECT_TRUE(fs::exists(result.last.parent_path() / RunFolder::epoch_file_name(result.history.back())));
  EXPECT_TRUE(run_training(still, {}, silent_).was_finished);
  still.train.early_stopping_patience = 4;
  EXPECT_EQ(run_training(still, {}, silent_).history.size(), 5U);
}

TEST_F(TrainerTest, BestIsByTheMetricAskedFor) {
  for (const std::string metric : {"val_loss", "val_accuracy", "val_class_accuracy", "train_loss"}) {
    spec::Experiment made = experiment(metric);
    made.train.num_epochs = 4;
    made.train.best_metric = metric;
    const TrainResult result = run_training(made, {}, silent_);
    const nets::EpochMetrics best = nets::load_checkpoint(result.best).state.history.back();
    for (const nets::EpochMetrics& epoch : result.history)
      EXPECT_LE(*score_of(best, metric), *score_of(epoch, metric)) << metric;
  }
}

TEST_F(TrainerTest, AveragedWeightsAreThoseOfTheFileAndOfValidation) {
  spec::Experiment made = experiment("averaged");
  made.train.ema_decay = 0.9;
  const nets::Checkpoint averaged = nets::load_checkpoint(run_training(made, {}, silent_).last);
  made = experiment("raw");
  const nets::Checkpoint raw = nets::load_checkpoint(run_training(made, {}, silent_).last);
  for (const auto& [name, value] : raw.weights)
    EXPECT_TRUE(std::ranges::equal(value.raw(), averaged.optimizer.at("raw." + name).raw())) << name;
  EXPECT_FALSE(std::ranges::equal(raw.weights.at("conv1.weight").raw(), averaged.weights.at("conv1.weight").raw()));
  EXPECT_NE(averaged.state.history.back().val_loss, raw.state.history.back().val_loss);
}

TEST_F(TrainerTest, WeighsClassesByTheInverseOfTheirSize) {
  for (int i = 0; i < 3; ++i) fs::remove(folder_.path() / "train" / "left" / fmt::format("clip{}.avi", i));
  spec::Experiment made = experiment("balance");
  made.train.class_balance = "loss";
  made.train.class_weights = {{"right", 3}};
  const train::Setup setup = make_setup(made, false, silent_);
  std::map<int64_t, double> counts;
  for (const data::Item& item : setup.train_items) counts[item.class_index] += 1;
  const double all = counts[0] + counts[1];
  ASSERT_NE(counts[0], counts[1]);
  EXPECT_NEAR(setup.class_weights.at(0), all / (2 * counts[0]), 1e-12);
  EXPECT_NEAR(setup.class_weights.at(1), 3 * all / (2 * counts[1]), 1e-12);
  made.train.class_weights = {{"up", 3}};
  EXPECT_THROW(make_setup(made, false, silent_), base::UserError);
}

TEST_F(TrainerTest, UnknownDevicesAndClassesAloneAreUserErrors) {
  spec::Experiment made = experiment("device");
  for (const char* device : {"gpu", "cuda:999", "cuda:-1", "mps"}) {
    made.train.device = device;
    EXPECT_THROW(run_training(made, {}, silent_), base::UserError) << device;
  }
  made = experiment("alone");
  made.dataset.label_map = {{"left", 0}};
  EXPECT_THROW(run_training(made, {}, silent_), base::UserError);
}

TEST_F(TrainerTest, WeightsThatHaveDivergedAreNotSavedOverGoodOnes) {
  spec::Experiment made = experiment("diverges");
  made.dataset.val_dataset_dir.reset();
  made.dataset.batch_size = 10;  // One update, whose loss is still a number.
  made.train.num_epochs = 1;
  made.train.optim.lr = 1e38;
  made.train.optim.weight_decay = 1000;
  EXPECT_NE(error_of(made).find("training has diverged"), std::string::npos) << error_of(made);
  EXPECT_FALSE(fs::exists(fs::path(made.results_dir) / "train/last.safetensors"));
}

TEST_F(TrainerTest, BatchesOfAnotherSizeDoNotGoOnInMidEpoch) {
  const spec::Experiment made = experiment("stopped");
  InterruptingProgress progress(4);
  EXPECT_THROW(run_training(made, {}, progress), base::Interrupted);
  base::request_interrupt(false);
  const fs::path last = fs::path(made.results_dir) / "train/last.safetensors";
  nets::Checkpoint checkpoint = nets::load_checkpoint(last);
  EXPECT_EQ(checkpoint.state.clips_per_batch, 4);
  ASSERT_GT(checkpoint.state.batch, 0);
  checkpoint.state.clips_per_batch = 8;
  nets::save_checkpoint(last, checkpoint);
  EXPECT_NE(error_of(made).find("after batches of 8 clips"), std::string::npos) << error_of(made);
  EXPECT_EQ(nets::load_checkpoint(last).state.clips_per_batch, 8);
  checkpoint.state.clips_per_batch = 0;  // As gerund wrote it before.
  nets::save_checkpoint(last, checkpoint);
  EXPECT_EQ(error_of(made), "");
}

TEST_F(TrainerTest, ACausalNetworkGoesOnWithTheSameHistories) {
  const auto causal = [&](const std::string& results) {
    spec::Experiment made = experiment(results);
    made.model.temporal = "causal";
    made.model.history_frames = 8;
    return made;
  };
  const TrainResult whole = run_training(causal("whole"), {}, silent_);
  InterruptingProgress progress(4);
  EXPECT_THROW(run_training(causal("stopped"), {}, progress), base::Interrupted);
  base::request_interrupt(false);
  expect_same(whole.last, run_training(causal("stopped"), {}, silent_).last);
  spec::Experiment without = causal("without");
  without.model.history_frames = 0;
  EXPECT_NE(run_training(without, {}, silent_).history[0].train_loss, whole.history[0].train_loss);
}

TEST_F(TrainerTest, ACausalNetworkStartsFromTheWeightsOfACenteredOne) {
  const TrainResult source = run_training(experiment("centered"), {}, silent_);
  spec::Experiment causal = experiment("causal");
  causal.model.temporal = "causal";
  causal.model.rgb_pretrained_model_path = source.best.string();
  causal.train.optim.lr = 1e-12;
  causal.train.num_epochs = 1;
  const nets::Checkpoint result = nets::load_checkpoint(run_training(causal, {}, silent_).last);
  const nets::Checkpoint start = nets::load_checkpoint(source.best);
  for (const char* name : {"conv1.weight", "layer4.1.conv2.weight", "fc_cls.weight"}) {
    for (size_t i = 0; i < 8; ++i)
      EXPECT_NEAR(result.weights.at(name).floats()[i], start.weights.at(name).floats()[i], 1e-6) << name;
  }
}

TEST_F(TrainerTest, TheNumberOfWorkersDoesNotChangeTheWeights) {
  spec::Experiment none = experiment("none");
  none.dataset.workers = 0;
  expect_same(run_training(experiment("two"), {}, silent_).last, run_training(none, {}, silent_).last);
}

TEST_F(TrainerTest, AFinishedRunIsLeftAsItIsAndMoreEpochsGoOn) {
  const TrainResult first = run_training(experiment("run"), {}, silent_);
  EXPECT_FALSE(first.was_finished);
  const std::string bytes = base::read_file(first.last);
  EXPECT_TRUE(run_training(experiment("run"), {}, silent_).was_finished);
  EXPECT_EQ(base::read_file(first.last), bytes);
  spec::Experiment longer = experiment("run");
  longer.train.num_epochs = 4;
  longer.dataset.workers = 0;  // They change no weight, so that another machine may have fewer.
  EXPECT_EQ(run_training(longer, {}, silent_).history.size(), 4U);
}

// As after a kill between the last checkpoint and what is written behind it.
TEST_F(TrainerTest, AFinishedRunThatWasKilledBeforeItsLogsTellsItsEndLater) {
  const fs::path folder = run_training(experiment("run"), {}, silent_).last.parent_path();
  const std::string figures = base::read_file(folder / "metrics.csv"), status = base::read_file(folder / "status.json");
  EXPECT_TRUE(run_training(experiment("run"), {}, silent_).was_finished);
  const auto begun = [&] {
    return base::read_file(folder / "status.json").find("Starting Training Loop", status.size());
  };
  EXPECT_EQ(begun(), std::string::npos);
  base::write_file(folder / "metrics.csv", figures.substr(0, figures.rfind('\n', figures.size() - 2) + 1));
  base::write_file(folder / "report.html", "Running");
  EXPECT_TRUE(run_training(experiment("run"), {}, silent_).was_finished);
  EXPECT_EQ(base::read_file(folder / "metrics.csv"), figures);
  EXPECT_NE(base::read_file(folder / "report.html").find("Finished after 3 epochs"), std::string::npos);
  base::write_file(folder / "report.html", "Running");
  base::write_file(folder / "status.json", status.substr(0, status.rfind('{')));
  EXPECT_TRUE(run_training(experiment("run"), {}, silent_).was_finished);
  EXPECT_NE(base::read_file(folder / "report.html").find("Finished after 3 epochs"), std::string::npos);
}

TEST_F(TrainerTest, ASecondTrainingWritesNothingIntoTheFolderOfTheFirst) {
  const std::filesystem::path folder = run_training(experiment("run"), {}, silent_).last.parent_path();
  const std::string status = base::read_file(folder / "status.json");
  spec::Experiment longer = experiment("run");
  longer.train.num_epochs = 4;
  const FolderLock first(folder);
  EXPECT_THROW(run_training(longer, {}, silent_), base::UserError);
  EXPECT_EQ(base::read_file(folder / "status.json"), status);
}

TEST_F(TrainerTest, AnotherSpecInTheSameFolderIsAnErrorAndOverwritesNothing) {
  const TrainResult first = run_training(experiment("run"), {}, silent_);
  const std::string bytes = base::read_file(first.last);
  spec::Experiment other = experiment("run");
  other.train.num_epochs = 9;
  other.train.optim.lr = 0.5;
  try {
    run_training(other, {}, silent_);
    FAIL();
  } catch (const base::UserError& error) {
    EXPECT_NE(std::string(error.what()).find("train.optim.lr"), std::string::npos) << error.what();
  }
  EXPECT_EQ(base::read_file(first.last), bytes);
}

TEST_F(TrainerTest, LearnsTheDirectionOfMotion) {
  spec::Experiment long_run = experiment("learn");
  long_run.model.dropout_ratio = 0;
  long_run.dataset.batch_size = 10;
  long_run.dataset.clips_per_video = 4;
  long_run.train.num_epochs = 20;
  long_run.dataset.augmentation_config.train_crop_type = "no_crop";
  const TrainResult result = run_training(long_run, {}, silent_);
  EXPECT_LT(result.history.back().train_loss, 0.3 * result.history.front().train_loss);
  EXPECT_EQ(result.history.back().val_accuracy, 1.0);
}

TEST_F(TrainerTest, FineTuningWithOtherClassesStartsFromTheBody) {
  const TrainResult source = run_training(experiment("source"), {}, silent_);
  fs::create_directories(folder_.path() / "train" / "up");
  fs::copy(folder_.path() / "train" / "left" / "clip0.avi", folder_.path() / "train" / "up" / "clip0.avi");
  spec::Experiment tuned = experiment("tuned");
  tuned.dataset.label_map = {{"left", 0}, {"right", 1}, {"up", 2}};
  tuned.model.rgb_pretrained_model_path = source.best.string();
  tuned.train.optim.lr = 1e-12;
  tuned.train.num_epochs = 1;
  const nets::Checkpoint result = nets::load_checkpoint(run_training(tuned, {}, silent_).last);
  const nets::Checkpoint start = nets::load_checkpoint(source.best);
  EXPECT_EQ(result.weights.at("fc_cls.bias").dim(0), 3);
  for (size_t i = 0; i < 20; ++i)
    EXPECT_NEAR(result.weights.at("layer4.1.conv2.weight").floats()[i],
                start.weights.at("layer4.1.conv2.weight").floats()[i], 1e-6);

  tuned.results_dir = (folder_.path() / "wider").string();
  tuned.model.width = 8;
  try {
    run_training(tuned, {}, silent_);
    FAIL();
  } catch (const base::UserError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with(source.best.string() + ": ")) << error.what();
    EXPECT_NE(std::string(error.what()).find("[4]"), std::string::npos) << error.what();
  }
}

TEST_F(TrainerTest, BrokenClipsAreLeftOutAndAnErrorWhenStrict) {
  base::write_file(folder_.path() / "train" / "left" / "broken.avi", "this is no video");
  EXPECT_EQ(run_training(experiment("lenient"), {}, silent_).history.size(), 3U);
  EXPECT_THROW(run_training(experiment("strict"), {true, {}}, silent_), base::UserError);
  EXPECT_FALSE(fs::exists(folder_.path() / "strict"));
}

TEST_F(TrainerTest, WithoutValidationTheBestHasTheLowestTrainingLoss) {
  spec::Experiment alone = experiment("alone");
  alone.dataset.val_dataset_dir.reset();
  const TrainResult result = run_training(alone, {}, silent_);
  double lowest = result.history[0].train_loss;
  for (const auto& metrics : result.history) lowest = std::min(lowest, metrics.train_loss);
  EXPECT_EQ(nets::load_checkpoint(result.best).state.history.back().train_loss, lowest);
}

TEST_F(TrainerTest, ALossThatIsNotANumberStopsWithAnErrorAndLeavesNoTornCheckpoint) {
  spec::Experiment wild = experiment("wild");
  wild.train.optim.lr = 1e30;
  EXPECT_THROW(run_training(wild, {}, silent_), base::UserError);
}

TEST_F(TrainerTest, NetworksOfFlowLearnAndGoOn) {
  for (const std::string type : {"of", "joint"}) {
    spec::Experiment made = experiment(type);
    made.model.model_type = type;
    made.model.of_seq_length = 4;
    made.model.dropout_ratio = 0;
    made.train.num_epochs = 20;
    made.dataset.batch_size = 5;
    made.train.optim.lr = 0.01;
    made.train.mixup_alpha = 0.1;
    made.dataset.augmentation_config.horizontal_flip_prob = 0;
    const TrainResult whole = run_training(made, {}, silent_);
    const auto mean_loss = [&](size_t first) {
      double sum = 0;
      for (size_t i = first; i < first + 5; ++i) sum += whole.history.at(i).train_loss;
      return sum / 5;
    };
    EXPECT_LT(mean_loss(15), 0.8 * mean_loss(0)) << type;
    made.results_dir = (folder_.path() / (type + "_stopped")).string();
    InterruptingProgress progress(5);
    EXPECT_THROW(run_training(made, {}, progress), base::Interrupted);
    base::request_interrupt(false);
    expect_same(run_training(made, {}, silent_).last, whole.last);
    const clip::Recipes recipes = clip::recipes_from_json(nets::load_checkpoint(whole.best).recipe, "");
    EXPECT_EQ(recipes.size(), type == "of" ? 1U : 2U);
    EXPECT_EQ(recipes.back().modality, clip::Modality::flow);
  }
}

TEST_F(TrainerTest, AJointNetworkStartsFromBothBranchesOrFromAJointOne) {
  const auto weights_after_nothing = [&](const std::string& name, const std::string& type, auto set) {
    spec::Experiment made = experiment(name);
    made.model.model_type = type;
    made.model.of_seq_length = 4;
    made.train.num_epochs = 1;
    made.train.optim.lr = 1e-30;  // Changes no weight.
    made.train.seed = static_cast<int64_t>(name.size());
    set(made.model);
    return nets::load_checkpoint(run_training(made, {}, silent_).last).weights;
  };
  const auto path_of = [&](const std::string& name) {
    return (folder_.path() / name / "train" / "last.safetensors").string();
  };
  const auto rgb = weights_after_nothing("1", "rgb", [](spec::ModelSpec&) {});
  const auto flow = weights_after_nothing("22", "of", [](spec::ModelSpec&) {});
  const auto joint = weights_after_nothing("333", "joint", [&](spec::ModelSpec& model) {
    model.rgb_pretrained_model_path = path_of("1");
    model.of_pretrained_model_path = path_of("22");
  });
  const auto again = weights_after_nothing(
      "4444", "joint", [&](spec::ModelSpec& model) { model.joint_pretrained_model_path = path_of("333"); });
  const auto same = [](const tensor::Tensor& a, const tensor::Tensor& b) {
    return a.shape() == b.shape() && std::ranges::equal(a.raw(), b.raw());
  };
  for (const std::string name : {"conv1.weight", "layer3.0.conv2.weight", "fc_cls.weight"}) {
    EXPECT_TRUE(same(joint.at("model_rgb." + name), rgb.at(name))) << name;
    EXPECT_TRUE(same(joint.at("model_of." + name), flow.at(name))) << name;
    EXPECT_TRUE(same(again.at("model_of." + name), flow.at(name))) << name;
  }
  EXPECT_TRUE(same(again.at("fc1.weight"), joint.at("fc1.weight")));
}

TEST_F(TrainerTest, FreezingEverythingIsAUserError) {
  spec::Experiment frozen = experiment("frozen");
  frozen.train.freeze = {"conv1", "bn1", "layer1", "layer2", "layer3", "layer4", "fc_cls"};
  const std::string message = testing_data::message_of([&] { run_training(frozen, {}, silent_); });
  EXPECT_NE(message.find("train.freeze: holds every weight"), std::string::npos) << message;
  EXPECT_FALSE(fs::exists(folder_.path() / "frozen"));
}

TEST_F(TrainerTest, MissingSettingsAreUserErrors) {
  spec::Experiment no_results = experiment("x");
  no_results.results_dir.clear();
  EXPECT_THROW(run_training(no_results, {}, silent_), base::UserError);
  spec::Experiment no_data = experiment("x");
  no_data.dataset.train_dataset_dir.reset();
  EXPECT_THROW(run_training(no_data, {}, silent_), base::UserError);
  EXPECT_FALSE(fs::exists(folder_.path() / "x"));
}

}  // namespace
}  // namespace gerund::train
