// The program as its users run it: command lines, what they print, exit codes, files.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/files.h"
#include "cli/trained_program.h"
#include "draw/png.h"
#include "graph/onnx_file.h"
#include "media/frame_source.h"
#include "nets/checkpoint.h"
#include "small_videos.h"

namespace gerund {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

TEST_F(Cli, TrainLeavesCompleteCheckpointsUnderResultsTrain) {
  ASSERT_EQ(trained_.code, 0) << trained_.err;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(dir() / "results" / "train"))
    names.push_back(entry.path().filename().string());
  EXPECT_EQ(std::count_if(names.begin(), names.end(),
                          [](const std::string& name) {
                            return std::regex_match(
                                name, std::regex(R"(ar_model_epoch=[01]-val_loss=\d+\.\d+\.safetensors)"));
                          }),
            2);
  for (const char* name : {"best.safetensors", "last.safetensors"}) {
    const nets::Checkpoint checkpoint = nets::load_checkpoint(dir() / "results" / "train" / name);
    EXPECT_EQ(checkpoint.labels, (std::vector<std::string>{"left", "right"}));
    EXPECT_FALSE(checkpoint.optimizer.empty());
  }
  EXPECT_EQ(nets::load_checkpoint(dir() / "results" / "train" / "last.safetensors").state.history.size(), 2U);
}

TEST_F(Cli, TrainAgainSaysThatTheRunIsFinished) {
  const Outcome again = run("train -e spec.yaml -r results");
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_NE(again.out.find("finished"), std::string::npos);
  expect_user_error(run("train -e spec.yaml -r results train.optim.lr=0.5"), {"train.optim.lr", "results_dir"});
}

TEST_F(Cli, EvaluateNeedsNoSpecAndPrintsTheReferenceBlock) {
  const Outcome outcome = run("evaluate results/train/best.safetensors clips/test results_dir=eval");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(std::regex_search(
      outcome.out,
      std::regex(
          R"(\*{31}\nleft +\d+\.\d+\nright +\d+\.\d+\n\*{31}\nTotal accuracy: [\d.]+\nAverage class accuracy: [\d.]+)")))
      << outcome.out;
  const json results = json::parse(base::read_file(dir() / "eval" / "evaluate" / "results.json"));
  EXPECT_EQ(results.at("videos").size(), 6U);
  EXPECT_TRUE(fs::exists(dir() / "eval" / "evaluate" / "confusion_matrix.png"));
}

TEST_F(Cli, OnnxAndCheckpointAgreeOnEveryVideoAndEveryView) {
  ASSERT_EQ(exported_.code, 0) << exported_.err;
  for (const std::string mode : {"center", "conv", "all"}) {
    const std::string rest = " clips/test evaluate.batch_size=3 evaluate.video_eval_mode=" + mode + " results_dir=";
    ASSERT_EQ(run("evaluate results/train/best.safetensors" + rest + "eval_a").code, 0);
    ASSERT_EQ(run("evaluate model.onnx" + rest + "eval_b").code, 0);
    const json a = json::parse(base::read_file(dir() / "eval_a" / "evaluate" / "results.json"));
    const json b = json::parse(base::read_file(dir() / "eval_b" / "evaluate" / "results.json"));
    ASSERT_EQ(a.at("videos").size(), b.at("videos").size());
    for (size_t i = 0; i < a.at("videos").size(); ++i) {
      EXPECT_EQ(a["videos"][i]["prediction"], b["videos"][i]["prediction"]);
      EXPECT_NEAR(a["videos"][i]["probabilities"][0].get<double>(), b["videos"][i]["probabilities"][0].get<double>(),
                  1e-4);
    }
  }
}

TEST_F(Cli, OldCommandLinesOfTheReferenceWork) {
  base::write_file(dir() / "old.yaml",
                   "model_config:\n  backbone: resnet18\n  rgb_seq_length: 4\n  input_type: 3d\n"
                   "dataset_config:\n  label_map: {left: 0, right: 1}\n  output_shape: [32, 32]\n  workers: 0\n");
  const Outcome evaluated =
      run("evaluate -e old.yaml -k KEY model=results/train/best.tlt batch_size=1 test_dataset_dir=clips/test "
          "video_eval_mode=center -r eval_old");
  EXPECT_EQ(evaluated.code, 0) << evaluated.err;
  EXPECT_NE(evaluated.out.find("Total accuracy"), std::string::npos);
  const Outcome inferred =
      run("inference -e old.yaml -k KEY model=results/train/best.tlt inference_dataset_dir=clips/test/left "
          "video_inf_mode=center");
  EXPECT_EQ(inferred.code, 0) << inferred.err;
  EXPECT_NE(inferred.out.find("clips/test/left/clip0.avi : ['"), std::string::npos) << inferred.out;
  const Outcome exported = run("export -e old.yaml -k KEY model=results/train/best.tlt output_file=old/model.etlt");
  EXPECT_EQ(exported.code, 0) << exported.err;
  EXPECT_TRUE(fs::exists(dir() / "old" / "model.etlt"));
  EXPECT_NE(exported.err.find("sealed"), std::string::npos);
  const Outcome run_sealed = run("infer old/model.etlt clips/test/left -k KEY");
  EXPECT_EQ(run_sealed.code, 0) << run_sealed.err;
  // Without a key there is nothing to seal with.
  EXPECT_EQ(run("export -e old.yaml model=results/train/best.tlt output_file=old/open.etlt").code, 0);
  EXPECT_TRUE(fs::exists(dir() / "old" / "open.onnx"));
}

TEST_F(Cli, InferTakesFilesFoldersAndGlobsAndGivesScores) {
  const Outcome lines = run("infer model.onnx 'clips/test/*/clip0.avi'");
  ASSERT_EQ(lines.code, 0) << lines.err;
  EXPECT_TRUE(std::regex_match(
      lines.out,
      std::regex(
          R"(clips/test/left/clip0.avi : \['(left|right)'\]\nclips/test/right/clip0.avi : \['(left|right)'\]\n)")))
      << lines.out;
  const json scores = json::parse(run("infer results/train/best.safetensors clips/test --json").out);
  EXPECT_EQ(scores.at("videos").size(), 6U);
  EXPECT_EQ(run("infer model.onnx clips/test/left/clip0.avi --csv").out.substr(0, 21), "path,clip,label,score");
}

TEST_F(Cli, TimelineGivesSecondsAndDrawsThem) {
  testing_data::write_moving_square(dir() / "long.mp4", 1, 7, 75, 64);
  const Outcome outcome =
      run("infer model.onnx long.mp4 --timeline --json --window 1 --annotate drawn.mp4 --picture drawn.png");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json timeline = json::parse(outcome.out);
  ASSERT_EQ(timeline.at("seconds").size(), 3U);
  EXPECT_NEAR(
      timeline["seconds"][1]["scores"]["left"].get<double>() + timeline["seconds"][1]["scores"]["right"].get<double>(),
      1, 1e-6);
  EXPECT_GT(fs::file_size(dir() / "drawn.mp4"), 0U);
  EXPECT_GT(fs::file_size(dir() / "drawn.png"), 0U);
}

TEST_F(Cli, InferReplacesNothingThatItReads) {
  testing_data::write_moving_square(dir() / "own.avi", 1, 7);
  const std::string before = base::read_file(dir() / "own.avi"), model = base::read_file(dir() / "model.onnx");
  expect_user_error(run("infer model.onnx own.avi --timeline --annotate own.avi"), {"--annotate", "own.avi"});
  expect_user_error(run("infer model.onnx own.avi --timeline --annotate drawn"), {"drawn", ".mp4"});
  expect_user_error(run("infer model.onnx own.avi --timeline --picture ./clips/../own.avi"), {"--picture"});
  expect_user_error(run("infer model.onnx own.avi --timeline --picture one.jpg"), {"--picture", "one.jpg", ".png"});
  expect_user_error(run("synth own.avi --story wave:1"), {"own.avi: exists already"});
  for (const std::string force : {"", " --force"})  // As gerund demo does when it is run again.
    EXPECT_EQ(run("synth told.avi --story wave:1" + force).code, 0);
  expect_user_error(run("infer model.onnx own.avi --output own.avi"), {"--output"});
  expect_user_error(run("infer model.onnx own.avi --timeline --output model.onnx"), {"--output", "model.onnx"});
  expect_user_error(run("infer model.onnx own.avi --picture one.png --output one.png"), {"--output", "one.png"});
  EXPECT_TRUE(base::read_file(dir() / "own.avi") == before && base::read_file(dir() / "model.onnx") == model);
}

TEST_F(Cli, OutputsMayBeDevicesAndLinksAndNoFolders) {
  const std::string video = "clips/test/left";
  EXPECT_EQ(run("infer model.onnx " + video + " --json -o /dev/null").code, 0);
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(run("infer model.onnx " + video + " --json -o /dev/stdout").out,
            run("infer model.onnx " + video + " --json").out);
  testing_data::write_moving_square(dir() / "one.avi", 1, 7);
  fs::create_directories(dir() / "is_folder.mp4");
  expect_user_error(run("infer model.onnx " + video + " --json -o is_folder.mp4"), {"is_folder.mp4", "is a folder"});
  expect_user_error(run("infer model.onnx one.avi --annotate is_folder.mp4"), {"is_folder.mp4", "is a folder"});
  fs::create_directories(dir() / "is_folder.onnx");
  expect_user_error(run("export results/train/best.safetensors is_folder.onnx --force"), {"is a folder"});
  base::write_file(dir() / "a_file", "x");
  expect_user_error(run("train -e spec.yaml -r a_file"), {"a_file/train", "cannot be made"});
  expect_user_error(run("find-lr -e spec.yaml -r a_file"), {"a_file", "cannot be made"});
}

TEST_F(Cli, WhatCannotBePrintedIsAnErrorAndNobodyListeningIsNone) {
  const std::string line = "infer model.onnx clips/test/left --csv ";
  expect_user_error(run(line + ">/dev/full"), {"what was printed cannot be written", "No space left"});
  const std::string quiet = "cd '" + dir().string() + "' && '" GERUND_PROGRAM "' " + line;
  EXPECT_EQ(std::system((quiet + ">heard.csv 2>&-").c_str()), 0);
  EXPECT_FALSE(base::read_file(dir() / "heard.csv").empty());
  EXPECT_EQ(std::system((quiet + ">/dev/null 2>/dev/full").c_str()), 0);
  EXPECT_EQ(std::system((quiet + ">&- 2>&-").c_str()), 0);
}

TEST_F(Cli, AnOptionIsNoValueAndAPathWithAnEqualsSignNoSetting) {
  expect_user_error(run("train -e spec.yaml -r -k"), {"-r: lacks its value: -k is an option"});
  EXPECT_FALSE(fs::exists(dir() / "-k"));
  fs::create_directories(dir() / "q=1");
  fs::copy_file(fs::directory_iterator(dir() / "clips/test/left")->path(), dir() / "q=1" / "n.avi");
  const Outcome globbed = run("infer model.onnx 'q=1/*.avi'");
  EXPECT_EQ(globbed.code, 0) << globbed.err;
  EXPECT_TRUE(globbed.out.starts_with("q=1/n.avi : [")) << globbed.out;
}

TEST_F(Cli, FoldersOfFramesOfSeveralSizesAreAnnotated) {
  fs::create_directories(dir() / "sizes");
  for (int i = 0; i < 12; ++i)
    draw::write_png(dir() / "sizes" / fmt::format("{:06}.png", i + 1), tensor::Frame(32 + 2 * (i % 3), 24));
  EXPECT_EQ(run("infer model.onnx sizes --timeline --window 0.3 --annotate sizes.mp4").code, 0);
  EXPECT_EQ(media::open_source(dir() / "sizes.mp4")->info().num_frames, 12);
}

TEST_F(Cli, ATimelineOfManyVideosPassesOverBrokenOnes) {
  fs::create_directories(dir() / "some");
  testing_data::write_moving_square(dir() / "some/a.avi", 1, 9);
  base::write_file(dir() / "some/b.avi", "no video");
  testing_data::write_moving_square(dir() / "some/c.avi", 2, 9);
  const Outcome outcome = run("infer model.onnx some --timeline --json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(nlohmann::json::parse(outcome.out).size(), 2U);
  EXPECT_NE(outcome.err.find("1 of 3 clips cannot be used"), std::string::npos) << outcome.err;
  expect_user_error(run("infer model.onnx some --timeline --json --strict"), {"b.avi"});
  expect_user_error(run("infer model.onnx some/b.avi --timeline"), {"b.avi"});
}

TEST_F(Cli, SettingsThatTheModelDecidesAreNamed) {
  for (const char* line : {"evaluate results/train/best.safetensors clips/test model.rgb_seq_length=9",
                           "infer model.onnx clips/test/left model.rgb_seq_length=9"}) {
    const Outcome outcome = run(line);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_NE(outcome.err.find("model.rgb_seq_length: "), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("as it was trained"), std::string::npos) << outcome.err;
  }
  // Neither the spec of the training nor what only trainings read is worth a word.
  const Outcome same =
      run("evaluate results/train/best.safetensors -e spec.yaml clips/test "
          "dataset.augmentation_config.horizontal_flip_prob=0.3");
  EXPECT_EQ(same.err.find("as it was trained"), std::string::npos) << same.err;
}

TEST_F(Cli, WeightsThatCannotBeStartedFromLeaveNoFolder) {
  expect_user_error(run("train -e spec.yaml -r nowhere model.rgb_pretrained_model_path=nothere.pth"), {"nothere.pth"});
  EXPECT_FALSE(fs::exists(dir() / "nowhere"));
  expect_user_error(run("train -e spec.yaml -r nowhere 'train.freeze=[zzz]'"), {"zzz"});
  EXPECT_FALSE(fs::exists(dir() / "nowhere"));
}

TEST_F(Cli, PlaceholdersAreNotGiven) {
  expect_user_error(run("train -e spec.yaml results_dir=???"), {"results_dir"});
  EXPECT_FALSE(fs::exists(dir() / "???"));
  const Outcome outcome = run("evaluate results/train/best.safetensors clips/test encryption_key=???");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.err.find("encryption_key: is ???"), std::string::npos) << outcome.err;
}

TEST_F(Cli, AMistypedVerbIsNamed) {
  expect_user_error(run("trian -e spec.yaml"), {"'trian'", "'train'"});
}

TEST_F(Cli, TrainWantsClipsOfEveryClass) {
  expect_user_error(run("train -e spec.yaml -r missing 'dataset.label_map={left: 0, right: 1, up: 2}'"),
                    {"train_dataset_dir", "'up'"});
  EXPECT_FALSE(fs::exists(dir() / "missing/train/last.safetensors"));
  expect_user_error(run("train -e spec.yaml -r missing dataset.val_dataset_dir=???"), {"dataset.val_dataset_dir"});
}

TEST_F(Cli, ExportRefusesToOverwriteWithoutForce) {
  expect_user_error(run("export results/train/best.safetensors model.onnx"),
                    {"model.onnx", "already exists", "--force"});
  EXPECT_EQ(run("export results/train/best.safetensors model.onnx --force").code, 0);
}

TEST_F(Cli, ExportsInWholeNumbersThatNameClipsAsBefore) {
  const std::string checkpoint = "results/train/best.safetensors";
  const Outcome labelled = run("export " + checkpoint + " int8.onnx --int8 --calibrate clips/train");
  ASSERT_EQ(labelled.code, 0) << labelled.err;
  EXPECT_NE(labelled.err.find("calibrated on 8 clips"), std::string::npos) << labelled.err;
  EXPECT_NE(labelled.err.find("accuracy on them"), std::string::npos) << labelled.err;
  const json note = json::parse(run("describe int8.onnx --json").out)["origin"]["quantization"];
  EXPECT_EQ(note["clips"], 8);
  EXPECT_GE(note["agreement"].get<double>(), 0.75);
  EXPECT_TRUE(note.contains("accuracy_before") && note.contains("accuracy_after"));
  EXPECT_LT(fs::file_size(dir() / "int8.onnx"), fs::file_size(dir() / "model.onnx"));

  ASSERT_EQ(run("export " + checkpoint + " plain.onnx --int8 --calibrate clips/train/left").code, 0);
  const json plain = json::parse(run("describe plain.onnx --json").out)["origin"]["quantization"];
  EXPECT_EQ(plain["clips"], 4);
  EXPECT_FALSE(plain.contains("accuracy_before"));  // Videos in one folder have no labels.

  const auto scores_by = [&](const std::string& model) {
    const Outcome inferred = run("infer " + model + " clips/test/right --json --output scores.json");
    EXPECT_EQ(inferred.code, 0) << inferred.err;
    return json::parse(base::read_file(dir() / "scores.json"));
  };
  const json exact = scores_by("model.onnx"), rounded = scores_by("int8.onnx");
  ASSERT_EQ(exact["videos"].size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(exact["videos"][i]["probabilities"][0].get<double>(),
                rounded["videos"][i]["probabilities"][0].get<double>(), 0.1);
  }
}

TEST_F(Cli, ExportInWholeNumbersWantsClipsToCalibrateWith) {
  const std::string checkpoint = "results/train/best.safetensors";
  expect_user_error(run("export " + checkpoint + " no.onnx --int8"), {"--calibrate"});
  expect_user_error(run("export " + checkpoint + " no.onnx --calibrate clips/train"), {"--int8"});
  expect_user_error(run("export " + checkpoint + " no.onnx --int8 --step --calibrate clips/train"), {"--step"});
  fs::create_directories(dir() / "odd/left");
  fs::create_directories(dir() / "odd/rihgt");
  testing_data::write_moving_square(dir() / "odd/left/one.avi", -1, 3);
  testing_data::write_moving_square(dir() / "odd/rihgt/one.avi", 1, 4);
  const Outcome odd = run("export " + checkpoint + " odd.onnx --int8 --calibrate odd");
  EXPECT_EQ(odd.code, 0) << odd.err;
  EXPECT_NE(odd.err.find("rihgt"), std::string::npos) << "left out in silence: " << odd.err;
  fs::create_directory(dir() / "empty");
  expect_user_error(run("export " + checkpoint + " no.onnx --int8 --calibrate empty"), {"empty", "no video"});
  expect_user_error(run("export " + checkpoint + " no.onnx --int8 --calibrate nowhere"), {"nowhere"});
  EXPECT_FALSE(fs::exists(dir() / "no.onnx"));
}

TEST_F(Cli, DescribeSaysTheSameOfCheckpointAndModel) {
  const json checkpoint = json::parse(run("describe results/train/best.safetensors --json").out);
  const json model = json::parse(run("describe model.onnx --json").out);
  for (const char* key : {"parameters", "macs", "labels", "recipe", "inputs", "outputs"})
    EXPECT_EQ(checkpoint.at(key), model.at(key)) << key;
  EXPECT_TRUE(model.at("parameters").is_number_integer());
  base::write_file(dir() / "tao.yaml",
                   "model: {input_type: 3d, rgb_seq_length: 16, input_width: 112, input_height: 112}\ndataset: "
                   "{label_map: {a: 0, b: 1, c: 2, d: 3, e: 4}}\n");
  const json spec = json::parse(run("describe tao.yaml --json").out);
  EXPECT_EQ(spec.at("parameters"), 33187653);
  // 6.602 G by the table of layers of this network at 3x16x112x112, with a head of 5 instead of 400 classes.
  EXPECT_NEAR(spec.at("macs").get<double>(), 6.602e9 - 512.0 * 395, 1e6);
}

TEST_F(Cli, NetworksOfOtherFamiliesTrainAndExport) {
  const Outcome trained = run("train -e spec.yaml -r other model.backbone=x3d_s train.num_epochs=1");
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_NE(trained.err.find("0.45"), std::string::npos) << trained.err;  // The colours of its published weights.
  ASSERT_EQ(run("export other/train/best.safetensors other.onnx").code, 0);
  EXPECT_EQ(json::parse(run("describe other.onnx --json").out).at("network"), "x3d_s_3d_rgb");
  ASSERT_EQ(run("evaluate other/train/best.safetensors clips/test results_dir=other_a").code, 0);
  ASSERT_EQ(run("evaluate other.onnx clips/test results_dir=other_b").code, 0);
  const json a = json::parse(base::read_file(dir() / "other_a" / "evaluate" / "results.json"));
  const json b = json::parse(base::read_file(dir() / "other_b" / "evaluate" / "results.json"));
  for (size_t i = 0; i < a.at("videos").size(); ++i)
    EXPECT_NEAR(a["videos"][i]["probabilities"][0].get<double>(), b["videos"][i]["probabilities"][0].get<double>(),
                1e-4);
  expect_user_error(run("train -e spec.yaml -r short model.backbone=i3d"), {"model.rgb_seq_length", "is 4", "9"});
}

TEST_F(Cli, BenchPrintsOneObjectOrALineEach) {
  const Outcome outcome = run("bench model.onnx --engine reference --threads 1 --batch 2 --runs 3 --json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json found = json::parse(outcome.out);
  for (const char* key : {"p50_ms", "p95_ms", "clips_per_second", "gflops"}) EXPECT_GT(found.at(key).get<double>(), 0);
  EXPECT_TRUE(found.at("peak_bytes").is_number_integer() || found.at("peak_bytes").is_null());
  for (const char* key : {"cpu", "version"}) EXPECT_TRUE(found.at(key).is_string()) << key;
  EXPECT_EQ(found.at("engine"), "reference");
  EXPECT_EQ(found.at("threads"), 1);
  EXPECT_EQ(found.at("batch"), 2);
  EXPECT_EQ(found.at("precision"), "fp32");
  EXPECT_EQ(found.at("algorithm"), "auto");
  const json description = json::parse(run("describe model.onnx --json").out);
  EXPECT_EQ(found.at("macs"), 2 * description.at("macs").get<int64_t>());
  EXPECT_TRUE(std::regex_search(run("bench model.onnx --seconds 0.01").out, std::regex("latency +p50 [0-9.]+ ms")));
  const json narrow = json::parse(run("bench model.onnx --seconds 0.01 --precision auto --json").out);
  EXPECT_TRUE(narrow.at("precision") == "fp32" || narrow.at("precision") == "bf16") << narrow;
}

TEST_F(Cli, BenchNamesWhatIsWrong) {
  expect_user_error(run("bench nowhere.onnx"), {"nowhere.onnx"});
  expect_user_error(run("bench spec.yaml"), {"spec.yaml"});
  expect_user_error(run("bench model.onnx --engine fastest"), {"'fastest'", "reference"});
  expect_user_error(run("bench model.onnx --batch 0"), {"batch is 0"});
  expect_user_error(run("bench model.onnx --precision int4"), {"'int4'", "not known", "bf16"});
  expect_user_error(run("bench model.onnx --precision int8"), {"int8", "no whole numbers", "--calibrate"});
  expect_user_error(run("bench model.onnx --algorithm fft"), {"'fft'", "winograd"});
  expect_user_error(run("bench model.onnx --runs 3 --seconds 1"), {"--runs", "--seconds"});
}

TEST_F(Cli, ACausalNetworkIsExportedAsClipsAndAsStepsThatAgree) {
  ASSERT_EQ(run("train -e spec.yaml -r causal model.temporal=causal model.sample_strategy=consecutive "
                "model.rgb_seq_length=8")
                .code,
            0);
  const std::string checkpoint = "causal/train/best.safetensors";
  ASSERT_EQ(run("export " + checkpoint + " clip.onnx").code, 0);
  const Outcome step = run("export " + checkpoint + " --step");
  ASSERT_EQ(step.code, 0) << step.err;
  ASSERT_TRUE(fs::exists(dir() / "causal/train/best.step.onnx"));
  expect_user_error(run("export results/train/best.safetensors s.onnx --step"), {"centered", "model.temporal"});
  expect_user_error(run("export " + checkpoint + " s.onnx --step --step-frames 6"), {"6", "multiple of 4"});

  const auto evaluated = [&](const std::string& model) {
    EXPECT_EQ(run("evaluate " + model + " clips/test -r causal_eval").code, 0);
    return json::parse(base::read_file(dir() / "causal_eval" / "evaluate" / "results.json")).at("loss").get<double>();
  };
  const double loss = evaluated(checkpoint);
  EXPECT_NEAR(evaluated("clip.onnx"), loss, 1e-4);
  EXPECT_NEAR(evaluated("causal/train/best.step.onnx"), loss, 1e-4);

  testing_data::write_moving_square(dir() / "stream.mp4", 1, 8, 75, 64);
  const json by_step = json::parse(run("infer causal/train/best.step.onnx stream.mp4 --timeline --json").out);
  const json by_checkpoint = json::parse(run("infer " + checkpoint + " stream.mp4 --timeline --json").out);
  ASSERT_EQ(by_step.at("hops").size(), 18U);  // 75 / 4
  ASSERT_EQ(by_checkpoint.at("hops").size(), 18U);
  EXPECT_EQ(by_step.at("seconds").size(), 3U);
  for (size_t i = 0; i < 18; ++i)
    EXPECT_NEAR(by_step["hops"][i]["scores"]["left"].get<double>(),
                by_checkpoint["hops"][i]["scores"]["left"].get<double>(), 1e-6);

  const json described = json::parse(run("describe causal/train/best.step.onnx --json").out);
  EXPECT_EQ(described.at("step_frames"), 4);
  EXPECT_NEAR(described.at("macs_per_frame").get<double>() * 4, described.at("macs").get<double>(), 0.5);
  EXPECT_EQ(json::parse(run("describe " + checkpoint + " --json").out).at("macs_per_frame"),
            described.at("macs_per_frame"));
  EXPECT_TRUE(json::parse(run("describe model.onnx --json").out).at("macs_per_frame").is_null());
  EXPECT_NE(run("describe " + checkpoint).out.find("per new frame"), std::string::npos);
}

TEST_F(Cli, AModelWithoutRecipeNeedsASpec) {
  graph::Model model = graph::read_onnx(dir() / "model.onnx");
  model.metadata.clear();
  graph::write_onnx(dir() / "bare.onnx", model);
  const Outcome refused = run("infer bare.onnx clips/test");
  EXPECT_EQ(refused.code, 4) << refused.err;
  EXPECT_NE(refused.err.find("bare.onnx"), std::string::npos);
  const Outcome with_spec = run("evaluate -e spec.yaml bare.onnx clips/test -r eval_bare");
  EXPECT_EQ(with_spec.code, 0) << with_spec.err;
}

TEST_F(Cli, SpecPrintsWhatItResolvesToWhateverTheFilesAre) {
  base::write_file(
      dir() / "flow.yaml",
      "model: {model_type: joint, backbone: resnet_50}\nevaluate:\n  checkpoint: ???\n  test_dataset_dir: /nowhere\n");
  const Outcome outcome = run("spec flow.yaml train.num_epochs=7");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("num_epochs: 7"), std::string::npos);
  expect_user_error(run("train -e flow.yaml -r never dataset.train_dataset_dir=clips/train"), {"dataset.label_map"});
  expect_user_error(run("evaluate -e flow.yaml"), {"evaluate.checkpoint"});
}

TEST_F(Cli, MistakesAreOneClearMessageAndWriteNothing) {
  expect_user_error(run("evaluate results/train/best.safetensors clips/test --precision bf16"),
                    {"--precision bf16", "best.safetensors", "export it first"});
  expect_user_error(run("bench"), {"MODEL.onnx", "--table"});
  // A word longer than a file's name can be is a word all the same.
  expect_user_error(run("train -e spec.yaml -r never 'dataset.label_map={" + std::string(400, 'x') + ": 7}'"),
                    {"dataset.label_map"});
  expect_user_error(run("train -e spec.yaml -r never dataset.bach_size=3"), {"bach_size", "batch_size"});
  expect_user_error(run("train -e spec.yaml -r never train.optim.lr=-1"), {"train.optim.lr", "-1"});
  expect_user_error(run("train -e spec.yaml -r never dataset.train_dataset_dir=nowhere"), {"nowhere"});
  expect_user_error(run("train -e nothing.yaml -r never"), {"nothing.yaml"});
  expect_user_error(run("train -r never"), {"-e"});
  expect_user_error(run("evaluate results/train/none.safetensors clips/test"), {"none.safetensors"});
  expect_user_error(run("evaluate spec.yaml clips/test"), {"spec.yaml"});
  expect_user_error(run("infer model.onnx nowhere.mp4"), {"nowhere.mp4"});
  expect_user_error(run("infer clips/test/left/clip0.avi"), {"clip0.avi", "gerund infer MODEL.onnx"});
  expect_user_error(run("nonsense"), {});
  EXPECT_FALSE(fs::exists(dir() / "never"));
}

TEST_F(Cli, OptionsWithoutEffectBesideTheOthersAreRefused) {
  const std::string infer = "infer model.onnx clips/test/left/clip0.avi ";
  base::write_file(dir() / "truth.json", "{}");
  expect_user_error(run(infer + "--truth truth.json"), {"--truth", "--picture"});
  expect_user_error(run(infer + "--timeline --truth truth.json"), {"--truth", "--picture"});
  expect_user_error(run(infer + "--picture p.png --truth truth.json"), {"truth.json", "start_seconds"});
  base::write_file(dir() / "truth.json", R"([{"label": "up", "start_seconds": 0, "end_seconds": 1}])");
  const Outcome unknown = run(infer + "--picture p.png --truth truth.json");
  EXPECT_EQ(unknown.code, 0);
  EXPECT_NE(unknown.err.find("does not know up"), std::string::npos) << unknown.err;
  EXPECT_NE(unknown.err.find("truth.json: 0 of 1 seconds are named right"), std::string::npos) << unknown.err;
  expect_user_error(run(infer + "--window 1"), {"--window", "--timeline"});
  expect_user_error(run(infer + "--hop 0.5"), {"--hop", "--timeline"});
  expect_user_error(run(infer + "--csv --json"), {"--csv", "--json"});
  expect_user_error(run(infer + "--csv --timeline"), {"--csv", "--json"});
  expect_user_error(run("evaluate results/train/best.safetensors clips/test -r never --engine reference"),
                    {"--engine", "best.safetensors"});
  EXPECT_FALSE(fs::exists(dir() / "never"));
}

TEST_F(Cli, ResultsAndKeyAreTakenAsTheyStand) {
  for (const std::string name : {"a b=c, [d]: {e}", "[a", "'q", "${seed} \\", "null", "{a: 1}", " b "}) {
    std::string word;  // Inside double quotes of the shell.
    for (const char byte : name) word += (byte == '$' || byte == '\\' ? "\\" : "") + std::string(1, byte);
    const Outcome outcome = run("evaluate model.onnx clips/test -r \"" + word + "\" -k \"" + word + "\"");
    EXPECT_EQ(outcome.code, 0) << name << ": " << outcome.err;
    EXPECT_TRUE(fs::exists(dir() / name / "evaluate" / "results.json")) << name;
  }
  const Outcome trained = run("train -e spec.yaml -r \"[x] \\${seed} 'y'\" train.num_epochs=1");
  EXPECT_EQ(trained.code, 0) << trained.err;
  const Outcome evaluated = run("evaluate \"[x] \\${seed} 'y'/train/best.safetensors\" clips/test");
  EXPECT_EQ(evaluated.code, 0) << evaluated.err;
}

TEST_F(Cli, HelpNamesEveryVerb) {
  const Outcome help = run("--help");
  EXPECT_EQ(help.code, 0);
  for (const char* verb : {"train", "evaluate", "infer", "export", "spec", "describe", "bench", "synth", "demo"})
    EXPECT_NE(help.out.find(verb), std::string::npos) << verb;
}

}  // namespace
}  // namespace gerund
