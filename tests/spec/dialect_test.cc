#include "spec/dialect.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "spec/outcome.h"

namespace gerund::spec {
namespace {

using Lines = std::vector<std::string>;

constexpr const char* kOldTraining = R"(output_dir: out/run
key: secret
gpu_ids: [0, 1]
resume_training_checkpoint_path: a.tlt
model_config:
  model_type: rgb
  backbone: resnet50
  rgb_seq_length: 16
train_config:
  epochs: 30
  optim:
    lr: 0.01
dataset_config:
  train_dataset_dir: clips/train
  label_map:
    jump: 0
    sit: 1
  output_shape:
    - 112
    - 160
  augmentation_config:
    val_center_crop: False
)";

TEST(OldDialect, OldTrainingSpecGivesTheCanonicalOne) {
  const Experiment experiment = experiment_of(kOldTraining);
  Experiment wanted;
  wanted.results_dir = "out/run";
  wanted.encryption_key = "secret";
  wanted.train.gpu_ids = {0, 1};
  wanted.train.resume_training_checkpoint_path = "a.tlt";
  wanted.model.backbone = "resnet_50";
  wanted.model.rgb_seq_length = 16;
  wanted.train.num_epochs = 30;
  wanted.train.optim.lr = 0.01;
  wanted.dataset.train_dataset_dir = "clips/train";
  wanted.dataset.label_map = {{"jump", 0}, {"sit", 1}};
  wanted.model.input_height = 112;
  wanted.model.input_width = 160;
  EXPECT_EQ(differing_keys(experiment, wanted), Lines{});
  EXPECT_EQ(experiment, wanted);
}

TEST(OldDialect, EachMappedKeyGivesOneWarning) {
  const Lines wanted = {
      "s.yaml:1: output_dir is the old name of results_dir",
      "s.yaml:2: key is the old name of encryption_key",
      "s.yaml:3: gpu_ids is the old name of train.gpu_ids; has no effect here: a process trains on the device of "
      "train.device; more of them are more processes",
      "s.yaml:4: resume_training_checkpoint_path is the old name of train.resume_training_checkpoint_path",
      "s.yaml:6: model_config.model_type is the old name of model.model_type",
      "s.yaml:7: model_config.backbone is the old name of model.backbone; resnet50 is the old spelling of resnet_50",
      "s.yaml:8: model_config.rgb_seq_length is the old name of model.rgb_seq_length",
      "s.yaml:10: train_config.epochs is the old name of train.num_epochs",
      "s.yaml:12: train_config.optim.lr is the old name of train.optim.lr",
      "s.yaml:14: dataset_config.train_dataset_dir is the old name of dataset.train_dataset_dir",
      "s.yaml:15: dataset_config.label_map is the old name of dataset.label_map",
      "s.yaml:18: dataset_config.output_shape is the old name of model.input_height and model.input_width",
      "s.yaml:22: dataset_config.augmentation_config.val_center_crop is the old name of "
      "dataset.augmentation_config.val_center_crop",
  };
  EXPECT_EQ(warnings_of(kOldTraining), wanted);
}

TEST(OldDialect, OldSpecWithoutModelTypeIsRgbAndSaysSo) {
  const Loaded spec = loaded("model_config:\n  backbone: resnet_18\n");
  EXPECT_EQ(spec.experiment.model.model_type, "rgb");
  ASSERT_EQ(spec.warnings.size(), 2U);
  EXPECT_EQ(spec.warnings[1], "s.yaml: model.model_type is not given: rgb is taken (releases before 5.5 took joint)");
  EXPECT_EQ(warnings_of("model:\n  backbone: resnet_18\n"), Lines{});
  EXPECT_EQ(warnings_of("model_config:\n  backbone: i3d\n  input_type: 3d\n", {"model.model_type=of"}).size(), 2U);
}

TEST(OldDialect, OldSpecTakesTheNewDefaults) {
  const Experiment experiment = experiment_of("model_config:\n  model_type: rgb\ntrain_config:\n  epochs: 3\n");
  EXPECT_EQ(experiment.dataset.batch_size, 2);
  EXPECT_EQ(experiment.train.checkpoint_interval, 1);
  EXPECT_EQ(experiment.model.rgb_pretrained_num_classes, 5);
}

TEST(OldDialect, EvaluationKeysGoToEvaluate) {
  const Experiment experiment = experiment_of("model_config:\n  model_type: rgb\n",
                                              {"model=ar_model_epoch=19-val_loss=0.05.tlt", "batch_size=4",
                                               "test_dataset_dir=D", "video_eval_mode=conv", "video_num_segments=5"});
  EXPECT_EQ(experiment.evaluate.checkpoint, "ar_model_epoch=19-val_loss=0.05.tlt");
  EXPECT_EQ(experiment.evaluate.batch_size, 4);
  EXPECT_EQ(experiment.evaluate.test_dataset_dir, "D");
  EXPECT_EQ(experiment.evaluate.video_eval_mode, "conv");
  EXPECT_EQ(experiment.evaluate.video_num_segments, 5);
  EXPECT_EQ(experiment.inference, InferenceSpec{});
  EXPECT_EQ(experiment.export_, ExportSpec{});
}

TEST(OldDialect, InferenceKeysGoToInference) {
  const Experiment experiment = experiment_of(
      "model: X.tlt\nbatch_size: 3\nvideo_num_segments: 7\nvideo_inf_mode: all\ninference_dataset_dir: D/ride\n");
  EXPECT_EQ(experiment.inference.checkpoint, "X.tlt");
  EXPECT_EQ(experiment.inference.batch_size, 3);
  EXPECT_EQ(experiment.inference.video_num_segments, 7);
  EXPECT_EQ(experiment.inference.video_inf_mode, "all");
  EXPECT_EQ(experiment.inference.inference_dataset_dir, "D/ride");
  EXPECT_EQ(experiment.evaluate, EvaluateSpec{});
  EXPECT_EQ(experiment.export_, ExportSpec{});
}

TEST(OldDialect, ExportKeysGoToExport) {
  const Loaded spec = loaded("output_file: Y.etlt\nbatch_size: 3\ngpu_id: 1\n", {"model=X.tlt"});
  EXPECT_EQ(spec.experiment.export_.checkpoint, "X.tlt");
  EXPECT_EQ(spec.experiment.export_.onnx_file, "Y.etlt");
  EXPECT_EQ(spec.experiment.export_.batch_size, 3);
  EXPECT_EQ(spec.experiment.export_.gpu_id, 1);
  EXPECT_EQ(spec.experiment.evaluate, EvaluateSpec{});
  EXPECT_EQ(spec.experiment.inference, InferenceSpec{});
  EXPECT_EQ(
      spec.warnings[1],
      "s.yaml:2: batch_size is the old name of export.batch_size; has no effect here: the batch size of an exported "
      "model is free");
}

TEST(OldDialect, KeysWithoutNeighboursGoToAllVerbs) {
  const Loaded spec = loaded("model_config:\n  model_type: rgb\n", {"model=X.tlt", "batch_size=6", "gpu_id=0"});
  EXPECT_EQ(spec.experiment.evaluate.checkpoint, "X.tlt");
  EXPECT_EQ(spec.experiment.inference.checkpoint, "X.tlt");
  EXPECT_EQ(spec.experiment.export_.checkpoint, "X.tlt");
  EXPECT_EQ(spec.experiment.evaluate.batch_size, 6);
  EXPECT_EQ(spec.experiment.inference.batch_size, 6);
  EXPECT_EQ(spec.experiment.export_.batch_size, 6);
  EXPECT_EQ(spec.warnings[1],
            "override 'model=X.tlt': model is the old name of evaluate.checkpoint, inference.checkpoint and "
            "export.checkpoint");
}

TEST(OldDialect, NeighboursMayStandInTheFileAndOnTheCommandLine) {
  const Experiment experiment = experiment_of("test_dataset_dir: D\nmodel: A.tlt\n", {"model=X.tlt"});
  EXPECT_EQ(experiment.evaluate.checkpoint, "X.tlt");
  EXPECT_EQ(experiment.inference.checkpoint, std::nullopt);
}

TEST(OldDialect, ModelIsAPathAsAScalarAndABlockOtherwise) {
  EXPECT_EQ(experiment_of("model:\n  width: 8\n", {"model=X.tlt", "model.width=16"}).model.width, 16);
  EXPECT_EQ(experiment_of("train:\n", {"model={width: 8}"}).model.width, 8);
  EXPECT_EQ(error_of("model: [X.tlt]\n"), "s.yaml:1: model: a list is not a block of keys");
}

TEST(OldDialect, BothNamesOfOneSettingInAFileAreRefused) {
  EXPECT_EQ(error_of("train_config:\n  epochs: 3\ntrain:\n  num_epochs: 4\n"),
            "s.yaml:4: train.num_epochs: is the same setting as train_config.epochs (s.yaml:2); keep one");
  EXPECT_EQ(error_of("output_dir: a\nresults_dir: b\n"),
            "s.yaml:2: results_dir: is the same setting as output_dir (s.yaml:1); keep one");
}

TEST(OldDialect, EitherNameOverridesTheOther) {
  EXPECT_EQ(experiment_of("train:\n  num_epochs: 4\n", {"train_config.epochs=5"}).train.num_epochs, 5);
  EXPECT_EQ(experiment_of("train_config:\n  epochs: 4\n", {"train.num_epochs=5"}).train.num_epochs, 5);
  EXPECT_EQ(experiment_of("output_dir: a\n", {"results_dir=b"}).results_dir, "b");
}

TEST(OldDialect, OutputShapeMustBeHeightAndWidth) {
  EXPECT_EQ(error_of("dataset_config:\n  output_shape: [224]\n"),
            "s.yaml:2: dataset_config.output_shape: a list is not a list of two integers; allowed: [height, width]");
  EXPECT_EQ(error_of("dataset_config:\n  output_shape: [224, 0]\n"),
            "s.yaml:2: dataset_config.output_shape[1]: 0 is out of range; allowed: 1..8192");
}

TEST(OldDialect, MessagesUseTheNameInTheFile) {
  EXPECT_EQ(error_of("train_config:\n  epochs: 0\n"),
            "s.yaml:2: train_config.epochs: 0 is out of range; allowed: 1..1000000");
}

TEST(UnknownKeys, NameTheLineTheBlockAndTheNearestKey) {
  EXPECT_EQ(error_of("dataset:\n  workers: 1\n  bach_size: 4\n"),
            "s.yaml:3: unknown key 'bach_size' in dataset; did you mean 'batch_size'?");
  EXPECT_EQ(error_of("train_config:\n  epoch: 4\n"),
            "s.yaml:2: unknown key 'epoch' in train_config; did you mean 'epochs'?");
  EXPECT_EQ(error_of("modell_config:\n  width: 4\n"),
            "s.yaml:1: unknown key 'modell_config' at the top level; did you mean 'model_config'?");
  EXPECT_EQ(error_of("train:\n  optim:\n    momentun: 0.9\n"),
            "s.yaml:3: unknown key 'momentun' in train.optim; did you mean 'momentum'?");
}

TEST(UnknownKeys, KeyOfAnotherBlockIsNamedWhole) {
  EXPECT_EQ(error_of("lr: 0.1\n"), "s.yaml:1: unknown key 'lr' at the top level; did you mean 'train.optim.lr'?");
  EXPECT_EQ(error_of("train:\n  augmentation_config: {}\n"),
            "s.yaml:2: unknown key 'augmentation_config' in train; did you mean 'dataset.augmentation_config'?");
  EXPECT_EQ(error_of("epochs: 3\n"),
            "s.yaml:1: unknown key 'epochs' at the top level; did you mean 'train.num_epochs'?");
  EXPECT_EQ(error_of("output_shape: [3, 4]\n"),
            "s.yaml:1: unknown key 'output_shape' at the top level; did you mean 'model.input_height'?");
  EXPECT_EQ(error_of("MODEL: {}\n"), "s.yaml:1: unknown key 'MODEL' at the top level; did you mean 'model'?");
}

TEST(UnknownKeys, DottedKeysInAFileAreNotNested) {
  EXPECT_EQ(error_of("train.num_epochs: 4\n"),
            "s.yaml:1: the key 'train.num_epochs' has a dot; write blocks inside blocks instead");
}

}  // namespace
}  // namespace gerund::spec
