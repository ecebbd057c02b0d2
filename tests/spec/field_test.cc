#include "spec/field.h"

#include <gtest/gtest.h>

#include "spec/field_table.h"
#include "spec/outcome.h"

namespace gerund::spec {
namespace {

std::string train_error(const std::string& line) {
  return error_of("train:\n  " + line + "\n");
}
std::string optim_error(const std::string& line) {
  return error_of("train:\n  optim:\n    " + line + "\n");
}
std::string model_error(const std::string& line) {
  return error_of("model:\n  " + line + "\n");
}
std::string augmentation_error(const std::string& line) {
  return error_of("dataset:\n  augmentation_config:\n    " + line + "\n");
}

TEST(Fields, RangeErrorsNameFileLineKeyValueAndRange) {
  EXPECT_EQ(optim_error("lr: -1"), "s.yaml:3: train.optim.lr: -1 is out of range; allowed: > 0");
  EXPECT_EQ(optim_error("lr: 0"), "s.yaml:3: train.optim.lr: 0 is out of range; allowed: > 0");
  EXPECT_EQ(model_error("dropout_ratio: 1.5"), "s.yaml:2: model.dropout_ratio: 1.5 is out of range; allowed: 0..1");
  EXPECT_EQ(model_error("rgb_seq_length: 0"), "s.yaml:2: model.rgb_seq_length: 0 is out of range; allowed: 1..4096");
  EXPECT_EQ(optim_error("weight_decay: -0.1"),
            "s.yaml:3: train.optim.weight_decay: -0.1 is out of range; allowed: >= 0");
}

TEST(Fields, NumbersTooLargeForTheMachineAreOutOfRange) {
  EXPECT_EQ(train_error("seed: 99999999999999999999"), "s.yaml:2: train.seed: 99999999999999999999 is out of range");
  EXPECT_EQ(optim_error("lr: 1e999"), "s.yaml:3: train.optim.lr: 1e999 is out of range; allowed: > 0");
  EXPECT_EQ(optim_error("lr: 1e39"), "s.yaml:3: train.optim.lr: 1e39 is out of range; allowed: > 0");
}

TEST(Fields, TypeErrorsNameTheWantedType) {
  EXPECT_EQ(train_error("num_epochs: ten"), "s.yaml:2: train.num_epochs: 'ten' is not an integer; allowed: 1..1000000");
  EXPECT_EQ(train_error("num_epochs: 1.5"), "s.yaml:2: train.num_epochs: '1.5' is not an integer; allowed: 1..1000000");
  EXPECT_EQ(train_error("num_epochs: [1]"),
            "s.yaml:2: train.num_epochs: a list is not an integer; allowed: 1..1000000");
  EXPECT_EQ(train_error("num_epochs:"), "s.yaml:2: train.num_epochs: null is not an integer; allowed: 1..1000000");
  EXPECT_EQ(optim_error("lr: fast"), "s.yaml:3: train.optim.lr: 'fast' is not a number; allowed: > 0");
  EXPECT_EQ(optim_error("lr: .nan"), "s.yaml:3: train.optim.lr: '.nan' is not a number; allowed: > 0");
  EXPECT_EQ(optim_error("lr: inf"), "s.yaml:3: train.optim.lr: 'inf' is not a number; allowed: > 0");
  EXPECT_EQ(optim_error("lr: 0.1s"), "s.yaml:3: train.optim.lr: '0.1s' is not a number; allowed: > 0");
  EXPECT_EQ(augmentation_error("val_center_crop: maybe"),
            "s.yaml:3: dataset.augmentation_config.val_center_crop: 'maybe' is not a boolean; allowed: true, false");
  EXPECT_EQ(optim_error("lr_steps: 5"), "s.yaml:3: train.optim.lr_steps: '5' is not a list of integers; allowed: >= 1");
  EXPECT_EQ(optim_error("lr_steps: [5, x]"), "s.yaml:3: train.optim.lr_steps[1]: 'x' is not an integer; allowed: >= 1");
  EXPECT_EQ(train_error("results_dir: {a: b}"), "s.yaml:2: train.results_dir: a block is not text");
  EXPECT_EQ(error_of("dataset:\n  label_map: [walk]\n"),
            "s.yaml:2: dataset.label_map: a list is not a block of class name: integer lines; allowed: >= 0");
}

TEST(Fields, UnknownChoicesListTheKnownAndTheNearest) {
  EXPECT_EQ(
      model_error("sample_strategy: consecutiv"),
      "s.yaml:2: model.sample_strategy: 'consecutiv' is not known; allowed: random_interval, consecutive; did you "
      "mean 'consecutive'?");
  EXPECT_EQ(model_error("backbone: resnet_35"),
            "s.yaml:2: model.backbone: 'resnet_35' is not known; allowed: resnet_18, resnet_34, resnet_50, resnet_101, "
            "resnet_152, i3d, r3d_18, mc3_18, r2plus1d_18, x3d_s; did you mean 'resnet_34'?");
  EXPECT_EQ(model_error("input_type: [2d]"),
            "s.yaml:2: model.input_type: a list is not one of the names; allowed: 2d, 3d");
}

TEST(Fields, ValuesInABlockThatIsNoBlockAreRefused) {
  EXPECT_EQ(error_of("train: 5\n"), "s.yaml:1: train: '5' is not a block of keys");
  EXPECT_EQ(error_of("train:\n  optim: [0.1]\n"), "s.yaml:2: train.optim: a list is not a block of keys");
}

TEST(Fields, NumbersAreReadInEveryUsualForm) {
  EXPECT_EQ(experiment_of("train:\n  optim:\n    lr: 1e-4\n").train.optim.lr, 1e-4);
  EXPECT_EQ(experiment_of("train:\n  optim:\n    lr: 1E-3\n").train.optim.lr, 1e-3);
  EXPECT_EQ(experiment_of("train:\n  optim:\n    lr: 1.\n").train.optim.lr, 1.0);
  EXPECT_EQ(experiment_of("train:\n  optim:\n    lr: .5\n").train.optim.lr, 0.5);
  EXPECT_EQ(experiment_of("train:\n  optim:\n    lr: +2\n").train.optim.lr, 2.0);
  EXPECT_EQ(experiment_of("train:\n  clip_grad_norm: 5\n").train.clip_grad_norm, 5.0);
  EXPECT_EQ(experiment_of("train:\n  seed: -7\n").train.seed, -7);
  EXPECT_EQ(experiment_of("train:\n  num_epochs: '30'\n").train.num_epochs, 30);
}

TEST(Fields, BooleansAreReadInEveryUsualForm) {
  for (const char* yes : {"true", "True", "TRUE", "yes", "on", "1"})
    EXPECT_TRUE(experiment_of(std::string("model:\n  imagenet_pretrained: ") + yes).model.imagenet_pretrained) << yes;
  for (const char* no : {"false", "False", "FALSE", "no", "off", "0"})
    EXPECT_FALSE(experiment_of(std::string("train:\n  cudnn:\n    deterministic: ") + no).train.cudnn_deterministic)
        << no;
}

TEST(Fields, NullClearsWhatMayBeMissing) {
  const Experiment experiment = experiment_of(
      "results_dir: null\nencryption_key: ~\nmodel_name:\ntrain:\n  results_dir: null\ndataset:\n  label_map: null\n");
  EXPECT_EQ(experiment, Experiment{});
}

TEST(Fields, EmptyBlocksKeepTheDefaults) {
  EXPECT_EQ(experiment_of("model:\ntrain:\n  optim:\ndataset: {}\nevaluate: null\n"), Experiment{});
}

TEST(Fields, ListsOfChannelsHaveTheLengthsOfTheReference) {
  EXPECT_EQ(
      augmentation_error("rgb_input_mean: [0.5, 0.5]"),
      "s.yaml:3: dataset.augmentation_config.rgb_input_mean: a list of 2 is out of range; allowed: 0, 1 or 3 values");
  EXPECT_EQ(
      augmentation_error("rgb_input_std: [0.5, 0.5, 0]"),
      "s.yaml:3: dataset.augmentation_config.rgb_input_std[2]: 0 is out of range; allowed: > 0, 0, 1 or 3 values");
  EXPECT_EQ(augmentation_error("of_input_mean: []"),
            "s.yaml:3: dataset.augmentation_config.of_input_mean: a list of 0 is out of range; allowed: 1 or 2 values");
  const AugmentationSpec augmentation =
      experiment_of(
          "dataset:\n  augmentation_config: {rgb_input_mean: [], rgb_input_std: [0.5], of_input_mean: [0.1, 0.2]}")
          .dataset.augmentation_config;
  EXPECT_EQ(augmentation.rgb_input_mean, std::vector<double>{});
  EXPECT_EQ(augmentation.rgb_input_std, std::vector<double>{0.5});
  EXPECT_EQ(augmentation.of_input_mean, (std::vector<double>{0.1, 0.2}));
}

TEST(Fields, PlaceholdersResolveEverywhere) {
  for (const char* mark : {"???", "\"??\"", "'?\?'"}) {
    const std::string value = mark;
    const Loaded spec =
        loaded("model:\n  backbone: " + value + "\n  width: " + value + "\ndataset:\n  label_map: " + value +
               "\nevaluate:\n  checkpoint: " + value + "\nmodel_name: a\n");
    EXPECT_EQ(spec.experiment.model, ModelSpec{});
    EXPECT_TRUE(is_placeholder(*spec.experiment.evaluate.checkpoint));
    EXPECT_EQ(spec.warnings.size(), 4U);  // three defaults taken, and model_name
  }
  EXPECT_EQ(warnings_of("train:\n  num_epochs: ???\n"),
            std::vector<std::string>{"s.yaml:2: train.num_epochs is ???: the default is taken"});
  for (const char* open :
       {"dataset:\n  label_map: {a: '?\?\?', b: 1}\n", "train:\n  optim:\n    lr_steps: [5, '?\?\?']\n"}) {
    const std::vector<std::string> warnings = warnings_of(open);
    ASSERT_EQ(warnings.size(), 1U) << open;
    EXPECT_NE(warnings[0].find("not known yet (???): the default is taken"), std::string::npos) << warnings[0];
  }
  EXPECT_EQ(loaded("train: ???\nmodel:\n  model_type: rgb\n").experiment.train, TrainSpec{});
}

TEST(Fields, EveryFieldRefusesAValueOfAWrongKind) {
  Experiment experiment;
  const FieldTable table(experiment);
  for (const Field& field : table.fields()) {
    const bool is_map = std::holds_alternative<LabelMap*>(field.member);
    const std::string message = error_of("model:\n", {field.key + (is_map ? "=[1]" : "={a: [1]}")});
    EXPECT_EQ(message.find("override '" + field.key), 0U) << message;
  }
}

TEST(Fields, EveryBoundedFieldTakesItsBoundsAndNothingBeyond) {
  Experiment experiment;
  int num_checked = 0;
  const FieldTable table(experiment);
  for (const Field& field : table.fields()) {
    if (!std::holds_alternative<int64_t*>(field.member) || !field.range.low) continue;
    const auto low = static_cast<int64_t>(*field.range.low);
    Value value;
    value.kind = Value::Kind::kScalar;
    value.text = std::to_string(low);
    read_member(field, value);
    EXPECT_EQ(*std::get<int64_t*>(field.member), low) << field.key;
    value.text = std::to_string(low - 1);
    EXPECT_THROW(read_member(field, value), base::UserError) << field.key;
    if (field.range.high) {
      value.text = std::to_string(static_cast<int64_t>(*field.range.high) + 1);
      EXPECT_THROW(read_member(field, value), base::UserError) << field.key;
    }
    ++num_checked;
  }
  EXPECT_GT(num_checked, 20);
}

}  // namespace
}  // namespace gerund::spec
