#include "base/status_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

#include "base/base64.h"
#include "base/clock_time.h"
#include "base/error.h"
#include "base/files.h"

namespace gerund::base {
namespace {

namespace fs = std::filesystem;

class StatusLogTest : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string text() const { return read_file(folder_ / "status.json"); }

  // python3: datetime.datetime.fromtimestamp(1700000585, datetime.timezone.utc) is 2023-11-14 22:23:05.
  static double now() { return 1700000585.9; }

  const fs::path folder_ = fs::temp_directory_path() / ("gerund_status_" + std::to_string(::getpid()));
};

TEST_F(StatusLogTest, LinesHaveTheKeysOfTheReferenceInItsForms) {
  StatusLog log(folder_, now);
  log.write({Status::started, "Starting Action Recognition train.", {}, {}});
  log.write({Status::running, "Train metrics generated.", {{"train_loss", 0.5}, {"train_acc", 0.25}}, {}});
  log.write({Status::running, "Training loop in progress", {}, EpochProgress{1, 3, 40, 60, 20.5, 1, 3725.25}});
  EXPECT_EQ(text(), R"({"date":"11/14/2023","time":"22:23:5","status":"STARTED","verbosity":"INFO",)"
                    R"("message":"Starting Action Recognition train."})"
                    "\n"
                    R"({"date":"11/14/2023","time":"22:23:5","status":"RUNNING","verbosity":"INFO",)"
                    R"("message":"Train metrics generated.","kpi":{"train_loss":0.5,"train_acc":0.25}})"
                    "\n"
                    R"({"epoch":1,"max_epoch":3,"step":40,"max_step":60,"time_per_epoch":"0:00:20.500000",)"
                    R"("time_per_step":"0:00:01","eta":"1:02:05.250000","date":"11/14/2023","time":"22:23:5",)"
                    R"("status":"RUNNING","verbosity":"INFO","message":"Training loop in progress"})"
                    "\n");
}

TEST_F(StatusLogTest, GoesOnBelowWhatIsThereAndAfterALineThatWasCutOff) {
  write_file(folder_ / "status.json", "{\"status\":\"STARTED\"}\n{\"stat");
  StatusLog(folder_, now).write({Status::success, "Done.", {}, {}});
  EXPECT_TRUE(text().starts_with("{\"status\":\"STARTED\"}\n{\"stat\n{\"date\"")) << text();
}

TEST_F(StatusLogTest, TellsHowAWorkEnded) {
  StatusLog log(folder_, now);
  EXPECT_EQ(log.watch("Train",
                      [&] {
                        log.write({Status::started, "begins", {}, {}});
                        return 7;
                      }),
            7);
  EXPECT_NE(text().find(R"("status":"SUCCESS","verbosity":"INFO","message":"Train finished successfully."})"),
            std::string::npos);
  EXPECT_THROW(log.watch("Train", [] { throw Interrupted("Stopped in epoch 2."); }), Interrupted);
  EXPECT_NE(
      text().find(R"("status":"FAILURE","verbosity":"ERROR","message":"Train was interrupted. Stopped in epoch 2."})"),
      std::string::npos);
}

TEST_F(StatusLogTest, AMistakeBeforeAnyLineMakesNoFolderButIsToldInOneThatIsThere) {
  StatusLog log(folder_, now);
  EXPECT_THROW(log.watch("Export", [] { throw UserError("x"); }), UserError);
  EXPECT_FALSE(fs::exists(folder_));
  fs::create_directories(folder_);  // Another process made it since.
  EXPECT_THROW(log.watch("Export", [] { throw UserError("x"); }), UserError);
  EXPECT_TRUE(fs::is_empty(folder_));
  StatusLog later(folder_, now);
  EXPECT_THROW(later.watch("Export", [] { throw UserError("x"); }), UserError);
  EXPECT_NE(text().find("FAILURE"), std::string::npos);
}

TEST_F(StatusLogTest, AnEndThatCannotBeToldIsAnErrorOnlyWhereSomethingWasBegun) {
  fs::create_directories(folder_);
  StatusLog idle(folder_, now), busy(folder_, now);
  EXPECT_NO_THROW(idle.watch("Train", [&] { fs::create_directories(folder_ / "status.json"); }));
  fs::remove_all(folder_ / "status.json");
  const auto work = [&] {
    busy.write({Status::started, "begins", {}, {}});
    fs::remove(folder_ / "status.json");
    fs::create_directories(folder_ / "status.json");
  };
  EXPECT_THROW(busy.watch("Train", work), UserError);
}

TEST_F(StatusLogTest, WithoutAFolderNothingIsWritten) {
  StatusLog log(std::nullopt, now);
  log.watch("Inference", [&] { log.write({Status::started, "begins", {}, {}}); });
  EXPECT_FALSE(fs::exists("status.json"));
}

TEST_F(StatusLogTest, AFolderThatCannotBeMadeIsAUserError) {
  write_file(folder_, "a file");
  EXPECT_THROW(StatusLog(folder_ / "below", now).write({Status::started, "begins", {}, {}}), UserError);
}

TEST(FailureMessage, NamesTheKindOfErrorInTheWordsOfTheReference) {
  EXPECT_EQ(failure_message("Train", UserError("train.optim.lr: the loss is not a number")),
            "Configuration error: train.optim.lr: the loss is not a number");
  EXPECT_EQ(failure_message("Train", UserError("results_dir: is not set")),
            "Configuration error: results_dir: is not set");
  EXPECT_EQ(failure_message("Train", UserError("clips/train/a.avi: cannot be read")),
            "File system error: clips/train/a.avi: cannot be read");
  EXPECT_EQ(failure_message("Train", UserError("'x': one word too many")),
            "Parameter validation error: 'x': one word too many");
  EXPECT_EQ(failure_message("Train", UserError("model.onnx already exists")).find("Configuration error"),
            std::string::npos)
      << "a file, not a key";
  EXPECT_EQ(failure_message("Train", InternalError("shape")), "Internal error: shape");
}

// python3: str(datetime.timedelta(seconds=...))
TEST(TimedeltaText, IsWhatPythonPrints) {
  EXPECT_EQ(timedelta_text(0), "0:00:00");
  EXPECT_EQ(timedelta_text(20.674736), "0:00:20.674736");
  EXPECT_EQ(timedelta_text(0.000004), "0:00:00.000004");
  EXPECT_EQ(timedelta_text(86399), "23:59:59");
  EXPECT_EQ(timedelta_text(93784), "1 day, 2:03:04");
  EXPECT_EQ(timedelta_text(200000.5), "2 days, 7:33:20.500000");
}

TEST(ClockTime, RoundsToSeconds) {
  EXPECT_EQ(clock_time(6.6), "0:07");
  EXPECT_EQ(clock_time(151), "2:31");
  EXPECT_EQ(clock_time(3723), "1:02:03");
}

// The test vectors of RFC 4648, section 10.
TEST(Base64, GivesTheVectorsOfTheStandard) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

}  // namespace
}  // namespace gerund::base
