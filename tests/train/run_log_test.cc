#include "train/run_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/files.h"
#include "score/page_reader.h"
#include "small_videos.h"
#include "train/event_reader.h"

namespace gerund::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kHostile = "<b>&\"walk'";

class RunLogTest : public testing::Test {
 protected:
  void SetUp() override {
    experiment_.results_dir = (folder_.path() / "my results").string();
    experiment_.train.num_epochs = 3;
    experiment_.encryption_key = "a secret";
    experiment_.dataset.train_dataset_dir = "clips/<train>";
    experiment_.dataset.val_dataset_dir = "clips/val";
    setup_.labels = {"wave", kHostile};
    setup_.train_items = {
        {"a.avi", "wave", 0, 12, 0.5}, {"b.avi", "wave", 0, 12, 0.5}, {"c.avi", kHostile, 1, 12, 0.5}};
    setup_.val_items = {{"d.avi", kHostile, 1, 12, 0.5}};
    setup_.clip_seconds = 0.5;
  }

  fs::path run_folder() const { return folder_.path() / "my results" / "train"; }

  score::Evaluation validation(double of_truth) const {
    score::Evaluation made;
    made.labels = setup_.labels;
    made.confusion = score::Confusion(2);
    made.samples = {{"<i>d.avi", 0, 1, of_truth > 0.5 ? 1 : 0, {1 - of_truth, of_truth}}};
    made.confusion.add(1, made.samples[0].prediction);
    made.loss = -std::log(of_truth);
    return made;
  }

  // One epoch of two batches, 10 seconds each, as the trainer tells of it.
  void run_epoch(RunLog& log, double of_truth) {
    log.begin_epoch(state_, 2);
    while (state_.batch < 2) {
      now_ += 10;
      ++state_.batch;
      log.step(state_, {1.5, 0.25, 0.01});
    }
    const score::Evaluation evaluation = validation(of_truth);
    log.validated(evaluation);
    state_.history.push_back({state_.epoch, 0.01, 1.25, 0.5, evaluation.loss, evaluation.confusion.accuracy(),
                              evaluation.confusion.class_average_accuracy(), 20, 4, 0.125});
    ++state_.epoch;
    state_.batch = 0;
    log.end_epoch(state_);
  }

  std::vector<json> status() const {
    std::vector<json> lines;
    std::istringstream text(base::read_file(run_folder() / "status.json"));
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    return lines;
  }

  // Every event of every file, files in the order of their names.
  std::vector<ReadEvent> events() const {
    std::set<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(run_folder() / "tensorboard")) paths.insert(entry.path());
    std::vector<ReadEvent> all;
    for (const fs::path& path : paths)
      for (const ReadEvent& event : read_events(base::read_file(path))) all.push_back(event);
    return all;
  }

  score::PageReader page() const { return score::PageReader(base::read_file(run_folder() / "report.html")); }

  RunLog make_log() {
    return {experiment_, run_folder(), [this] { return now_; }};
  }

  testing_data::TemporaryFolder folder_{"run_log"};
  double now_ = 1700000585;
  spec::Experiment experiment_;
  train::Setup setup_;
  nets::TrainingState state_;
};

TEST_F(RunLogTest, StatusFollowsARunInTheMessagesOfTheReference) {
  RunLog log = make_log();
  log.watch([&] {
    log.start(setup_, state_);
    for (int epoch = 0; epoch < 3; ++epoch) run_epoch(log, 0.5);
    return 0;
  });
  std::vector<std::string> told;
  for (const json& line : status())
    told.push_back(line.at("status").get<std::string>() + " " + line.at("message").get<std::string>());
  const std::vector<std::string> epoch{"RUNNING Train metrics generated.", "RUNNING Eval metrics generated.",
                                       "RUNNING Training loop in progress"};
  std::vector<std::string> wanted{"STARTED Starting Action Recognition train.", "RUNNING Starting Training Loop."};
  for (int i = 0; i < 3; ++i) wanted.insert(wanted.end(), epoch.begin(), epoch.end());
  wanted.insert(wanted.end(), {"RUNNING Training loop complete.", "SUCCESS Train finished successfully."});
  EXPECT_EQ(told, wanted);
  EXPECT_EQ(status().at(2).at("kpi"), (json{{"train_loss", 1.25}, {"train_acc", 0.5}}));
  EXPECT_EQ(status().at(3).at("kpi").at("val_acc"), 0.0);
  const json progress = status().at(7);
  EXPECT_EQ(progress.at("epoch"), 1);
  EXPECT_EQ(progress.at("max_epoch"), 3);
  EXPECT_EQ(progress.at("step"), 4);
  EXPECT_EQ(progress.at("max_step"), 6);
  EXPECT_EQ(progress.at("time_per_epoch"), "0:00:20");
  EXPECT_EQ(progress.at("time_per_step"), "0:00:10");
  EXPECT_EQ(progress.at("eta"), "0:00:20");
}

TEST_F(RunLogTest, ThePageRepeatsWhatWasSaidOfTheClips) {
  RunLog log = make_log();
  log.start(setup_, state_);
  EXPECT_EQ(base::read_file(run_folder() / "report.html").find("class=\"warnings\""), std::string::npos);
  setup_.warnings = {"clips/<train>: 2 of 3 clips are black"};
  log.start(setup_, state_);
  const std::string page = base::read_file(run_folder() / "report.html");
  EXPECT_NE(page.find("<li>clips/&lt;train&gt;: 2 of 3 clips are black</li>"), std::string::npos);
}

TEST_F(RunLogTest, ALongEpochIsToldOfEveryMinute) {
  RunLog log = make_log();
  log.start(setup_, state_);
  log.begin_epoch(state_, 100);
  for (state_.batch = 1; state_.batch <= 13; ++state_.batch) {
    now_ += 10;
    log.step(state_, {1, 0, 0.01});
  }
  ASSERT_EQ(status().size(), 4U);
  EXPECT_EQ(status().back().at("step"), 12);
  EXPECT_EQ(status().back().at("eta"), "0:48:00") << "288 steps of 10 seconds";
}

TEST_F(RunLogTest, ScalarsHaveTheStepsOfTheWholeRun) {
  RunLog log = make_log();
  log.start(setup_, state_);
  run_epoch(log, 0.75);
  run_epoch(log, 0.75);
  const auto all = events();
  ASSERT_EQ(all.size(), 7U) << "the version, then two steps and an epoch, twice";
  std::vector<int64_t> steps;
  for (const ReadEvent& event : all) steps.push_back(event.step);
  EXPECT_EQ(steps, (std::vector<int64_t>{0, 1, 2, 2, 3, 4, 4}));
  EXPECT_EQ(all[1].scalars,
            (std::map<std::string, float>{{"train_loss_step", 1.5F}, {"train_acc_1_step", 0.25F}, {"lr", 0.01F}}));
  EXPECT_EQ(all[3].scalars, (std::map<std::string, float>{{"train_loss", 1.25F},
                                                          {"train_acc_1", 0.5F},
                                                          {"val_loss", static_cast<float>(-std::log(0.75))},
                                                          {"val_acc_1", 1.0F},
                                                          {"val_class_acc", 0.5F}}));
  EXPECT_EQ(all[3].wall_time, 1700000605);
}

TEST_F(RunLogTest, AResumedRunGoesOnInAllFiles) {
  {
    RunLog log = make_log();
    EXPECT_THROW(log.watch([&]() -> int {
      log.start(setup_, state_);
      run_epoch(log, 0.75);
      log.begin_epoch(state_, 2);
      state_.batch = 1;
      log.step(state_, {1, 0, 0.01});
      throw base::Interrupted("Stopped in epoch 2.");
    }),
                 base::Interrupted);
  }
  EXPECT_EQ(status().back().at("status"), "FAILURE");
  EXPECT_EQ(status().back().at("message"), "Train was interrupted. Stopped in epoch 2.");
  EXPECT_TRUE(
      page().texts("p", "sentence").at(0).starts_with("Interrupted after 1 of 3 epochs; the same command goes on."));
  const size_t lines = status().size();
  now_ += 1;
  RunLog log = make_log();
  log.start(setup_, state_);
  run_epoch(log, 0.75);
  EXPECT_EQ(status().at(lines).at("status"), "STARTED");
  const auto all = events();
  std::vector<int64_t> steps;
  for (const ReadEvent& event : all) steps.push_back(event.step);
  EXPECT_EQ(steps, (std::vector<int64_t>{0, 1, 2, 2, 3, 0, 4, 4, 4}));
  EXPECT_TRUE(all[6].starts_session);
  const std::string csv = base::read_file(run_folder() / "metrics.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3) << csv;
}

TEST_F(RunLogTest, AFailureIsToldInStatusAndPage) {
  RunLog log = make_log();
  EXPECT_THROW(log.watch([&]() -> int {
    log.start(setup_, state_);
    run_epoch(log, 0.75);
    throw base::UserError("train.optim.lr: the loss is not a number");
  }),
               base::UserError);
  EXPECT_EQ(status().back().at("message"), "Configuration error: train.optim.lr: the loss is not a number");
  EXPECT_TRUE(page().texts("p", "bad").at(0).starts_with("Failed after 1 of 3 epochs: train.optim.lr"));
}

TEST_F(RunLogTest, AMistakeBeforeTheRunBeginsMakesNoFolder) {
  RunLog log = make_log();
  EXPECT_THROW(log.watch([]() -> int { throw base::UserError("dataset.train_dataset_dir: x"); }), base::UserError);
  EXPECT_FALSE(fs::exists(run_folder()));
}

TEST_F(RunLogTest, TheReportIsWellFormedLoadsNothingAndKeepsTheKeySecret) {
  RunLog log = make_log();
  log.watch([&] {
    log.start(setup_, state_);
    for (const double of_truth : {0.25, 0.75, 0.5}) run_epoch(log, of_truth);
    return 0;
  });
  const score::PageReader report = page();
  EXPECT_EQ(score::outside_reference(report), "");
  EXPECT_EQ(base::read_file(run_folder() / "report.html").find("a secret"), std::string::npos);
  EXPECT_EQ(report.texts("h1").at(0), "Training run my results");
  EXPECT_EQ(report.texts("p", "sentence").at(0),
            "Finished after 3 epochs. The best network, of epoch 2, names 100.0 % of the validation clips rightly.");
  EXPECT_EQ(report.all("svg").size(), 4U) << "loss, accuracy, rate, speed";
  EXPECT_EQ(report.texts("p", "note").at(0), "Validation after epoch 2, the best one.");
  EXPECT_EQ(report.texts("div", "clip").size(), 1U);
  EXPECT_EQ(report.texts("tfoot").at(0), "all31");
}

TEST_F(RunLogTest, TheReportOfARunningRunSaysHowFarItIs) {
  RunLog log = make_log();
  log.start(setup_, state_);
  EXPECT_EQ(page().texts("p", "busy").at(0), "Running: 0 of 3 epochs done.");
  run_epoch(log, 0.75);
  EXPECT_TRUE(page().texts("p", "busy").at(0).starts_with("Running: 1 of 3 epochs done, about 0:40 left."));
}

TEST_F(RunLogTest, CommandsOfTheReportNameRealPaths) {
  RunLog log = make_log();
  log.start(setup_, state_);
  const std::string best = "'" + (run_folder() / "best.safetensors").string() + "'";
  const auto commands = page().texts("pre");
  EXPECT_EQ(commands.at(1), "gerund train -e '" + (run_folder() / "spec.yaml").string() + "' -r '" +
                                experiment_.results_dir + "-again' -k KEY");  // The run of this test is sealed.
  EXPECT_EQ(commands.at(2), "gerund evaluate " + best + " clips/val -r '" + experiment_.results_dir + "' -k KEY");
  EXPECT_TRUE(commands.at(3).starts_with("gerund export " + best + " "));
  EXPECT_TRUE(commands.at(4).starts_with("gerund deploy "));
}

TEST_F(RunLogTest, TimeLeftIsThatOfTheRun) {
  RunLog log = make_log();
  log.start(setup_, state_);
  EXPECT_EQ(log.time_left(), "");
  run_epoch(log, 0.75);
  log.begin_epoch(state_, 2);
  EXPECT_EQ(log.time_left(), "  0:20 left") << "after this epoch, one more";
}

}  // namespace
}  // namespace gerund::train
