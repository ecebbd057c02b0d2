#include "spec/load.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "spec/outcome.h"

namespace gerund::spec {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

class SpecFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path write(const std::string& text) const {
    std::ofstream(folder_ / "spec.yaml") << text;
    return folder_ / "spec.yaml";
  }
  fs::path folder_;
};

/// The message of the UserError that load throws.
std::string load_error(const fs::path& path) {
  try {
    load(path, {});
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(SpecFiles, LoadReadsAFileAndNamesItInMessages) {
  EXPECT_EQ(load(write("train:\n  seed: 5\n"), {"train.num_epochs=2"}).experiment.train.seed, 5);
  const fs::path wrong = write("train:\n  sed: 5\n");
  EXPECT_EQ(load_error(wrong), wrong.string() + ":2: unknown key 'sed' in train; did you mean 'seed'?");
}

TEST_F(SpecFiles, MissingFilesAndFoldersAreRefusedByName) {
  EXPECT_NE(load_error(folder_ / "none.yaml").find("none.yaml"), std::string::npos);
  EXPECT_NE(load_error(folder_).find("is a folder"), std::string::npos);
}

TEST(Spec, PathsThatDoNotExistResolve) {
  const Loaded spec = loaded("dataset:\n  train_dataset_dir: /nowhere/at/all\nevaluate:\n  checkpoint: none.pth\n");
  EXPECT_EQ(spec.experiment.dataset.train_dataset_dir, "/nowhere/at/all");
  EXPECT_EQ(spec.warnings, Lines{});
}

TEST(Spec, FlowJointAndOtherBackbonesResolve) {
  EXPECT_EQ(experiment_of("model: {model_type: of, backbone: resnet_152}").model.model_type, "of");
  EXPECT_EQ(experiment_of("model: {model_type: joint, backbone: i3d, input_type: 3d}").model.backbone, "i3d");
}

TEST(Spec, WarnsOnceForEachKeyWithoutEffect) {
  const Lines wanted = {
      "s.yaml:1: wandb.enable has no effect here: gerund reports to no service",
      "s.yaml:3: train.num_gpus has no effect here: a process trains on the device of train.device; more of them are "
      "more processes",
      "s.yaml:4: train.gpu_ids has no effect here: a process trains on the device of train.device; more of them are "
      "more processes",
  };
  EXPECT_EQ(warnings_of("wandb: {enable: false}\ntrain:\n  num_gpus: 2\n  gpu_ids: [0, 1]\n  seed: 5\n"), wanted);
}

// The defaults of releases 6.x of the reference toolkit, from its documentation: key, value as YAML.
TEST(Spec, DefaultsAreThoseOfTheReference) {
  const Experiment reference = experiment_of(R"(
model_name: action_recognition
results_dir: ""
wandb: {enable: true, project: TAO Toolkit, entity: "", group: "", tags: [tao-toolkit], reinit: false,
  sync_tensorboard: false, save_code: false, name: TAO Toolkit Training, run_id: ""}
model: {model_type: rgb, backbone: resnet_18, input_type: 2d, rgb_seq_length: 3, of_seq_length: 10,
  rgb_pretrained_model_path: null, of_pretrained_model_path: null, rgb_pretrained_num_classes: 5,
  of_pretrained_num_classes: 5, joint_pretrained_model_path: null, num_fc: 64, sample_strategy: random_interval,
  sample_rate: 1, imagenet_pretrained: false, dropout_ratio: 0.5, input_width: 224, input_height: 224}
dataset: {train_dataset_dir: null, val_dataset_dir: null, label_map: null, batch_size: 2, workers: 8, clips_per_video: 1,
  augmentation_config: {train_crop_type: random_crop, scales: [1], horizontal_flip_prob: 0.5,
    rgb_input_mean: [0.485, 0.456, 0.406], rgb_input_std: [0.229, 0.224, 0.225], of_input_mean: [0.5],
    of_input_std: [0.5], val_center_crop: false, crop_smaller_edge: 256}}
train: {num_gpus: 1, gpu_ids: [0], num_nodes: 1, seed: 1234, cudnn: {benchmark: false, deterministic: true},
  num_epochs: 10, checkpoint_interval: 1, checkpoint_interval_unit: epoch, validation_interval: 1,
  resume_training_checkpoint_path: null, results_dir: null, clip_grad_norm: 0.0,
  optim: {lr: 5e-4, momentum: 0.9, weight_decay: 5e-4, lr_scheduler: MultiStep, lr_steps: [15, 25], lr_decay: 0.1,
    lr_monitor: val_loss, patience: 1, min_lr: 1e-4}}
evaluate: {checkpoint: null, test_dataset_dir: null, batch_size: 1, video_eval_mode: center, video_num_segments: 10,
  num_gpus: 1, gpu_ids: [0], num_nodes: 1, results_dir: null, trt_engine: null}
inference: {checkpoint: null, inference_dataset_dir: null, batch_size: 1, video_inf_mode: center, video_num_segments: 1,
  num_gpus: 1, gpu_ids: [0], num_nodes: 1, results_dir: null, trt_engine: null}
export: {checkpoint: null, onnx_file: null, gpu_id: 0, batch_size: 1, results_dir: null}
)");
  EXPECT_EQ(differing_keys(reference, Experiment{}), Lines{});
}

TEST(Spec, ClassIndicesMustBeZeroToCountMinusOneEachOnce) {
  EXPECT_EQ(error_of("dataset:\n  label_map:\n    walk: 0\n    run: 0\n"),
            "s.yaml:3: dataset.label_map.walk: has the index 0 of 'run'; each class needs its own");
  EXPECT_EQ(error_of("dataset:\n  label_map:\n    walk: 0\n    run: 2\n"),
            "s.yaml:4: dataset.label_map.run: 2 is out of range; allowed: 0..1, one for each of the 2 classes");
  EXPECT_EQ(error_of("dataset:\n  label_map:\n    walk: -1\n"),
            "s.yaml:3: dataset.label_map.walk: -1 is out of range; allowed: >= 0");
  EXPECT_EQ(error_of("dataset:\n  label_map:\n    a/b: 0\n"),
            "s.yaml:3: dataset.label_map.a/b: is not a class name; allowed: the name of a folder");
  EXPECT_EQ(experiment_of("dataset:\n  label_map: {c: 2, b: 0, a: 1}\n").dataset.label_map.at("c"), 2);
}

TEST(Spec, AllButTheResNetsNeed3d) {
  for (const char* name : {"r3d_18", "mc3_18", "r2plus1d_18", "x3d_s"}) {
    EXPECT_EQ(experiment_of(std::string("model: {input_type: 3d, backbone: ") + name + "}").model.backbone, name);
    EXPECT_EQ(error_of(std::string("model:\n  backbone: ") + name + "\n"),
              std::string("s.yaml:2: model.backbone: ") + name +
                  " cannot have model.input_type 2d; set model.input_type to 3d");
  }
  EXPECT_EQ(error_of("model:\n  backbone: i3d\n"),
            "s.yaml:2: model.backbone: i3d cannot have model.input_type 2d; set model.input_type to 3d");
}

TEST(Spec, CausalNeeds3dAndWholePositions) {
  const std::string causal = "model:\n  temporal: causal\n";
  EXPECT_EQ(error_of(causal), "s.yaml:2: model.temporal: causal needs a network over time; set model.input_type to 3d");
  EXPECT_EQ(error_of(causal + "  input_type: 3d\n  rgb_seq_length: 18\n"),
            "s.yaml:4: model.rgb_seq_length: 18 is out of range; allowed with model.temporal causal: a multiple of 4");
  EXPECT_EQ(error_of(causal + "  input_type: 3d\n  rgb_seq_length: 16\n  history_frames: 6\n"),
            "s.yaml:5: model.history_frames: 6 is out of range; allowed: -1 or a multiple of 4");
  EXPECT_NE(error_of(causal + "  input_type: 3d\n  rgb_seq_length: 16\n  model_type: of\n"), "no error");
  EXPECT_EQ(experiment_of(causal + "  input_type: 3d\n  rgb_seq_length: 16\n").model.temporal, "causal");
}

TEST(Spec, IntervalsAreAtMostTheNumberOfEpochs) {
  EXPECT_EQ(error_of("train:\n  num_epochs: 4\n  checkpoint_interval: 5\n"),
            "s.yaml:3: train.checkpoint_interval: 5 is out of range; allowed: at most train.num_epochs, 4");
  EXPECT_EQ(error_of("train:\n  validation_interval: 5\n", {"train.num_epochs=4"}),
            "s.yaml:2: train.validation_interval: 5 is out of range; allowed: at most train.num_epochs, 4");
  EXPECT_EQ(experiment_of("train:\n  num_epochs: 1\n").train.num_epochs, 1);
  EXPECT_EQ(experiment_of("train: {num_epochs: 4, checkpoint_interval: 500, checkpoint_interval_unit: step}")
                .train.checkpoint_interval,
            500);
}

TEST(Spec, LearningRateScheduleMustMakeSense) {
  EXPECT_EQ(error_of("train:\n  optim:\n    lr_steps: [5, 5]\n"),
            "s.yaml:3: train.optim.lr_steps: 5 follows 5; allowed: rising epochs");
  EXPECT_EQ(error_of("train:\n  optim:\n    lr_scheduler: AutoReduce\n    lr_decay: 1\n"),
            "s.yaml:4: train.optim.lr_decay: 1 is out of range; allowed with AutoReduce: < 1");
  EXPECT_EQ(experiment_of("train:\n  optim:\n    lr_decay: 1\n").train.optim.lr_decay, 1.0);
  EXPECT_EQ(error_of("train:\n  optim:\n    lr_scheduler: Cosine\n    min_lr: 1\n"),
            "s.yaml:4: train.optim.min_lr: 1 is above train.optim.lr, 0.0005; allowed with Cosine: at most that");
  EXPECT_EQ(error_of("train:\n  optim:\n    nesterov: true\n    momentum: 0\n"),
            "s.yaml:3: train.optim.nesterov: needs train.optim.optimizer sgd and a momentum above 0");
  EXPECT_EQ(error_of("train:\n  label_smoothing: 1\n"),
            "s.yaml:2: train.label_smoothing: 1 is out of range; allowed: >= 0, < 1");
  EXPECT_EQ(error_of("train:\n  optim:\n    betas: [0.9]\n"),
            "s.yaml:3: train.optim.betas: a list of 1 is out of range; allowed: >= 0, < 1, 2 values");
}

TEST(Spec, CropScalesMustNotBeEmpty) {
  EXPECT_EQ(error_of("dataset:\n  augmentation_config:\n    scales: []\n"),
            "s.yaml:3: dataset.augmentation_config.scales: is empty; allowed: at least one number, > 0, <= 1");
}

TEST(Spec, PlacesOfResultsAndKeysMayBeOpen) {
  Experiment experiment = parse(
                              "results_dir: ?\?\?\nencryption_key: ?\?\?\nevaluate:\n  checkpoint: ?\?\n"
                              "dataset:\n  train_dataset_dir: clips\n",
                              "s.yaml", {})
                              .experiment;
  EXPECT_EQ(experiment.results_dir, "?\?\?");  // As gerund spec prints it.
  EXPECT_EQ(drop_placeholders(experiment), (Lines{"encryption_key", "results_dir"}));
  Experiment expected;
  expected.dataset.train_dataset_dir = "clips";
  expected.evaluate.checkpoint = "?\?";  // Whoever needs it refuses it.
  EXPECT_EQ(differing_keys(experiment, expected), Lines{});
}

TEST(Require, RefusesWhatIsMissingOrMarkedSo) {
  EXPECT_EQ(require(std::string("a.pth"), "evaluate.checkpoint"), "a.pth");
  const std::vector<std::optional<std::string>> missing = {std::nullopt, "", "??", "?\??"};
  for (const std::optional<std::string>& value : missing) {
    try {
      require(value, "evaluate.checkpoint");
      ADD_FAILURE();
    } catch (const base::UserError& error) {
      EXPECT_EQ(
          std::string(error.what()),
          "evaluate.checkpoint is not given; set evaluate.checkpoint in the spec or evaluate.checkpoint=VALUE on the "
          "command line");
    }
  }
}

TEST(StarterSpecs, ResolveWithoutWarnings) {
  for (const char* name : {"train_rgb_2d.yaml", "train_rgb_3d.yaml"}) {
    const Loaded spec = load(fs::path(GERUND_SOURCE_DIR) / "specs" / name, {});
    EXPECT_EQ(spec.warnings, Lines{}) << name;
  }
}

/// Every real file of both dialects that stands beside the checkout.
TEST(Samples, OfTheReferenceResolve) {
  const fs::path samples = fs::path(GERUND_SOURCE_DIR) / ".." / "shared" / "reference" / "samples";
  if (!fs::exists(samples)) GTEST_SKIP() << samples << " is not there";
  int num_files = 0;
  for (const char* dialect : {"toolkit-old", "toolkit-new"}) {
    for (const fs::directory_entry& file : fs::directory_iterator(samples / dialect)) {
      const Loaded spec = load(file.path(), {});
      EXPECT_EQ(parse(print(spec.experiment), "printed", {}).experiment, spec.experiment) << file.path();
      EXPECT_GE(spec.experiment.dataset.label_map.size(), 2U) << file.path();
      ++num_files;
    }
  }
  EXPECT_GE(num_files, 10);
}

}  // namespace
}  // namespace gerund::spec
