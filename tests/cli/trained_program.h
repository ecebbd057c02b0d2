// tests/cli/trained_program.h - runs the program as its users run it, with one small trained network at hand.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "small_videos.h"

namespace gerund {

namespace fs = std::filesystem;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

class Cli : public testing::Test {
 protected:
  // One small trained network for all tests of this file.
  static void SetUpTestSuite() {
    folder_ = std::make_unique<testing_data::TemporaryFolder>("cli");
    testing_data::write_two_classes(dir() / "clips" / "train", 4, 1);
    testing_data::write_two_classes(dir() / "clips" / "test", 3, 50);
    base::write_file(dir() / "spec.yaml", spec_text());
    trained_ = run("train -e spec.yaml -r results");
    exported_ = run("export results/train/best.safetensors model.onnx");
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static const fs::path& dir() { return folder_->path(); }

  static std::string spec_text() {
    return "model:\n  model_type: rgb\n  input_type: 3d\n  rgb_seq_length: 4\n  input_width: 32\n  input_height: 32\n  "
           "width: 4\n"
           "dataset:\n  train_dataset_dir: clips/train\n  val_dataset_dir: clips/test\n  label_map: {left: 0, right: "
           "1}\n  batch_size: 4\n  workers: 1\n"
           "  augmentation_config: {train_crop_type: no_crop, horizontal_flip_prob: 0.0}\n"
           "train:\n  num_epochs: 2\n  num_threads: 1\n";
  }

  static Outcome run(const std::string& arguments) {
    const fs::path errors = dir() / "stderr.txt";
    const std::string command =
        "cd '" + dir().string() + "' && '" GERUND_PROGRAM "' " + arguments + " 2>'" + errors.string() + "'";
    Outcome outcome;
    FILE* pipe = popen(command.c_str(), "r");
    char buffer[4096];
    while (size_t count = fread(buffer, 1, sizeof buffer, pipe)) outcome.out.append(buffer, count);
    const int status = pclose(pipe);
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome.err = base::read_file(errors);
    return outcome;
  }

  static void expect_user_error(const Outcome& outcome, const std::vector<std::string>& words) {
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    for (const std::string& word : words)
      EXPECT_NE(outcome.err.find(word), std::string::npos) << "'" << word << "' is not in: " << outcome.err;
  }

  static inline std::unique_ptr<testing_data::TemporaryFolder> folder_;
  static inline Outcome trained_;
  static inline Outcome exported_;
};

}  // namespace gerund
