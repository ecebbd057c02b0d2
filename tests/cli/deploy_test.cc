// tests/cli/deploy_test.cc - gerund deploy and gerund parity: lines of events, files, exit codes.
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/trained_program.h"
#include "media/frame_source.h"

namespace gerund {
namespace {

using nlohmann::json;

class Deploy : public Cli {
 protected:
  static void SetUpTestSuite() {
    Cli::SetUpTestSuite();
    for (const auto& entry : fs::recursive_directory_iterator(dir() / "clips" / "test"))
      if (entry.is_regular_file()) videos_.push_back(fs::relative(entry.path(), dir()).string());
    std::sort(videos_.begin(), videos_.end());
  }

  static std::vector<json> lines(const std::string& text) {
    std::vector<json> parsed;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) parsed.push_back(json::parse(line));
    return parsed;
  }

  static std::vector<json> of_kind(const std::vector<json>& events, const std::string& kind) {
    std::vector<json> found;
    std::copy_if(events.begin(), events.end(), std::back_inserter(found),
                 [&](const json& event) { return event.at("event") == kind; });
    return found;
  }

  static std::vector<std::string> states(const std::vector<json>& events, int source) {
    std::vector<std::string> found;
    for (const json& event : of_kind(events, "source"))
      if (event.at("source_id") == source) found.push_back(event.at("state"));
    return found;
  }

  static inline std::vector<std::string> videos_;
};

TEST_F(Deploy, TellsOfSourcesAndOfActionsThatBeginAndEnd) {
  const Outcome outcome = run("deploy model.onnx " + videos_[0] + " --stride 2 --subsample 0 --events -");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<json> events = lines(outcome.out);
  EXPECT_EQ(states(events, 0), (std::vector<std::string>{"started", "ended"}));
  const std::vector<json> starts = of_kind(events, "start"), ends = of_kind(events, "end");
  ASSERT_FALSE(starts.empty()) << outcome.out;
  ASSERT_EQ(starts.size(), ends.size());
  for (size_t i = 0; i < starts.size(); ++i) {
    EXPECT_EQ(starts[i].at("schema"), "gerund.event/1");
    EXPECT_EQ(starts[i].at("id"), ends[i].at("id"));
    EXPECT_EQ(starts[i].at("label"), ends[i].at("label"));
    EXPECT_GE(starts[i].at("score").get<double>(), 0.5);
    EXPECT_LE(ends[i].at("start").get<double>(), ends[i].at("end").get<double>());
  }
}

// Window n of frame mode holds the frames {(n * stride + i) * (subsample + 1)}: here T = 4.
TEST_F(Deploy, EveryWindowOfAFileIsAnsweredOnTheFramesOfTheFormula) {
  const int64_t num_frames = media::open_source(dir() / videos_[0])->info().num_frames;
  const Outcome outcome =
      run("deploy model.onnx " + videos_[0] + " --stride 3 --subsample 1 --events - events.every_window=true");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<json> windows = of_kind(lines(outcome.out), "window");
  int64_t last = 6;
  for (const json& window : windows) {
    EXPECT_EQ(window.at("window").at("last_frame"), last);
    EXPECT_EQ(window.at("window").at("first_frame"), last - 6);
    last += 6;
  }
  EXPECT_GT(last, num_frames - 1) << "a window is missing";
  EXPECT_GT(windows.size(), 0U);
}

TEST_F(Deploy, FilesGiveTheSameLinesInTheSameOrderEachTime) {
  const std::string command = "deploy model.onnx " + videos_[0] + " " + videos_[1] + " missing.mp4 " + videos_[2] +
                              " --stride 1 events.every_window=true --events -";
  const std::string first = run(command).out;
  EXPECT_GT(lines(first).size(), 20U);
  EXPECT_EQ(run(command).out, first);
  std::vector<double> ends;
  for (const json& window : of_kind(lines(first), "window")) ends.push_back(window.at("window").at("end"));
  EXPECT_TRUE(std::ranges::is_sorted(ends));
}

TEST_F(Deploy, ABadSourceHarmsNoOther) {
  base::write_file(dir() / "noise.mp4", std::string(3000, 'x'));
  base::write_file(dir() / "empty.mp4", "");
  const Outcome outcome = run("deploy model.onnx noise.mp4 " + videos_[0] + " missing.mp4 empty.mp4 --events -");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<json> events = lines(outcome.out);
  EXPECT_EQ(states(events, 0), std::vector<std::string>{"failed"});
  EXPECT_EQ(states(events, 1), (std::vector<std::string>{"started", "ended"}));
  EXPECT_EQ(states(events, 2), std::vector<std::string>{"failed"});
  EXPECT_EQ(states(events, 3), std::vector<std::string>{"failed"});
  EXPECT_EQ(run("deploy model.onnx noise.mp4 missing.mp4 --events -").code, 3);
  const Outcome outside = run("deploy model.onnx " + videos_[0] + " --roi far:9000,0,100,100 --events -");
  EXPECT_EQ(outside.code, 3) << outside.err;
  EXPECT_EQ(states(lines(outside.out), 0), std::vector<std::string>{"failed"});
}

TEST_F(Deploy, WritesTheTiledPictureAsAWholeFile) {
  const Outcome outcome = run("deploy model.onnx " + videos_[0] + " " + videos_[1] + " " + videos_[2] +
                              " --out tiled.mp4 --width 320 --height 240");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto tiled = media::open_source(dir() / "tiled.mp4");
  EXPECT_EQ(tiled->info().width, 320);
  EXPECT_EQ(tiled->info().height, 240);
  EXPECT_GE(tiled->info().num_frames, media::open_source(dir() / videos_[0])->info().num_frames);
  EXPECT_EQ(run("deploy model.onnx " + videos_[0] + " --out /proc/nowhere/x.mp4").code, 5);
  EXPECT_EQ(run("deploy model.onnx " + videos_[0] + " --out rtsp://127.0.0.1:18642/a --out /proc/nowhere/x.mp4").code,
            5);
  const Outcome lost = run("deploy model.onnx " + videos_[0] + " --stride 2 --events /dev/full");
  EXPECT_EQ(lost.code, 5) << lost.err;
}

TEST_F(Deploy, WhatCannotRunIsSaidBeforeAnythingIsWritten) {
  expect_user_error(run("deploy"), {"MODEL.onnx", "-c"});
  expect_user_error(run("deploy model.onnx --events e.jsonl"), {"there is no source"});
  expect_user_error(run("deploy model.onnx " + videos_[0] + " --roi a:0,0,.5,1 --roi a:.5,0,.5,1 --events e.jsonl"),
                    {"two regions", "'a'"});
  expect_user_error(run("deploy results/train/best.safetensors x.mp4"), {"gerund export"});
  expect_user_error(run("deploy x.mp4 model.onnx"), {"the model comes first", "x.mp4"});
  expect_user_error(run("deploy model.onnx x.mp4 window.strid=3"), {"window.strid", "stride"});
  expect_user_error(run("deploy model.onnx x.mp4 events.ignore=[lft] --events e.jsonl"), {"lft", "left"});
  EXPECT_EQ(run("deploy missing.onnx " + videos_[0] + " --events e.jsonl").code, 4);
  EXPECT_FALSE(fs::exists(dir() / "e.jsonl"));
}

TEST_F(Deploy, ReplacesNothingThatItReads) {
  fs::copy_file(dir() / videos_[0], dir() / "kept.avi");
  const std::string before = base::read_file(dir() / "kept.avi");
  for (const std::string out : {"--out kept.avi", "--out ./clips/../kept.avi", "--events kept.avi", "--out model.onnx",
                                "--out one.mp4 --events one.mp4"})
    expect_user_error(run("deploy model.onnx kept.avi " + out), {"read or written"});
  EXPECT_EQ(run("deploy model.onnx kept.avi --events new/folder/e.jsonl").code, 0);
  EXPECT_NE(base::read_file(dir() / "new" / "folder" / "e.jsonl").find("started"), std::string::npos);
  EXPECT_EQ(run("deploy model.onnx kept.avi --events /proc/nowhere/e.jsonl").code, 5);
  EXPECT_EQ(base::read_file(dir() / "kept.avi"), before);
}

TEST_F(Deploy, RunsAConfigOfTheReferenceAndPrintsItAsYaml) {
  base::write_file(dir() / "ds" / "app.txt",
                   "[action-recognition]\nuri-list=file://" + (dir() / videos_[0]).string() +
                       ";file:///nowhere/b.mp4\nfakesink=1\ndisplay-sync=0\npreprocess-config=pre.txt\n"
                       "infer-config=infer.txt\nmuxer-width=320\nmuxer-height=240\nmuxer-batch-timeout=40000\n"
                       "tiler-width=320\ntiler-height=240\ndebug=0\nenable-fps=1\n");
  base::write_file(dir() / "ds" / "pre.txt",
                   "[property]\nenable=1\ntarget-unique-ids=1\nnetwork-input-shape= 2;3;4;32;32\n"
                   "network-color-format=0\nnetwork-input-order=2\ntensor-data-type=0\ntensor-name=input_rgb\n"
                   "processing-width=32\nprocessing-height=32\nscaling-pool-memory-type=0\nscaling-filter=0\n"
                   "custom-lib-path=/x/libnvds_custom_sequence_preprocess.so\n"
                   "custom-tensor-preparation-function=CustomSequenceTensorPreparation\n[user-configs]\n"
                   "channel-scale-factors=0.007843137;0.007843137;0.007843137\n"
                   "channel-mean-offsets=127.5;127.5;127.5\nstride=2\nsubsample=0\n[group-0]\nsrc-ids=0;1\n"
                   "process-on-roi=1\nroi-params-src-0=0;0;160;240;160;0;160;240\nroi-params-src-1=0;0;320;240\n");
  base::write_file(dir() / "ds" / "infer.txt",
                   "[property]\ngpu-id=0\nonnx-file=" + (dir() / "model.onnx").string() +
                       "\nlabelfile-path=labels.txt\nbatch-size=2\ninput-tensor-from-meta=1\ngie-unique-id=1\n"
                       "network-type=1\n");
  base::write_file(dir() / "ds" / "labels.txt", "left;right\n");
  const Outcome outcome = run("deploy -c ds/app.txt --events events.jsonl events.every_window=true");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("mean"), std::string::npos) << "the model has other means than 127.5: " << outcome.err;
  EXPECT_NE(outcome.out.find("FPS(cur/avg)"), std::string::npos) << outcome.out;
  const std::vector<json> windows = of_kind(lines(base::read_file(dir() / "events.jsonl")), "window");
  ASSERT_GE(windows.size(), 2U);
  EXPECT_EQ(windows[0].at("window").at("last_frame"), 3);
  EXPECT_NE(windows[0].at("roi"), windows[1].at("roi"));
  expect_user_error(run("deploy -c ds/app.txt --strict"), {"mean"});
  const Outcome printed = run("deploy -c ds/app.txt --print-config");
  ASSERT_EQ(printed.code, 0) << printed.err;
  base::write_file(dir() / "app.yaml", printed.out);
  EXPECT_EQ(run("deploy -c app.yaml --print-config").out, printed.out);
}

TEST_F(Deploy, SigtermEndsALoopProperly) {
  const Outcome outcome = run("deploy model.onnx " + videos_[0] +
                              " --loop --stride 2 --events loop.jsonl --out loop.mp4 & P=$!; "
                              "until grep -qs started '" +
                              (dir() / "loop.jsonl").string() +
                              "'; do kill -0 $P || exit 1; sleep 0.1; done; "
                              "C=$(cat /proc/$P/task/$P/children); kill -TERM ${C:-$P}; wait $P; exit $?");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_GT(media::open_source(dir() / "loop.mp4")->info().num_frames, 0);
  EXPECT_EQ(states(lines(base::read_file(dir() / "loop.jsonl")), 0), (std::vector<std::string>{"started", "ended"}));
}

TEST_F(Deploy, TheRuntimeSeesWhatTrainingSees) {
  const Outcome outcome = run("parity model.onnx clips/test");
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_NE(outcome.out.find("6 clips compared, 0 left out"), std::string::npos) << outcome.out;
}

TEST_F(Deploy, TheRuntimeSeesWhatTrainingSeesOfEveryChromaSampling) {
  const fs::path folder = dir() / "jpeg" / "left";
  fs::create_directories(folder);
  for (const std::string format : {"I420", "Y42B", "Y444"}) {
    const std::string command =
        "gst-launch-1.0 -q videotestsrc num-buffers=20 pattern=smpte ! video/x-raw,format=" + format +
        ",width=65,height=49,framerate=25/1 ! jpegenc ! avimux ! filesink location='" + (folder / format).string() +
        ".avi'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  const Outcome outcome = run("parity model.onnx jpeg");
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_NE(outcome.out.find("3 clips compared, 0 left out"), std::string::npos) << outcome.out;
}

}  // namespace
}  // namespace gerund
