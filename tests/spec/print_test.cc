#include "spec/print.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"
#include "base/random.h"
#include "spec/field_table.h"
#include "spec/outcome.h"

namespace gerund::spec {
namespace {

using base::Random;

/// Text made of pieces that are hard to print.
std::string hard_text(Random& random) {
  const std::vector<std::string> pieces = {
      "a",  "B",  "7",    ".",    "/",    "-",      "_",      " ",      "\n",         "\t",  "\r", "\"",
      "'",  "\\", "${",   "}",    "$",    "#",      ":",      ",",      "[",          "]",   "{",  "&",
      "*",  "!",  "|",    ">",    "%",    "@",      "`",      "?",      "~",          "=",   "<<", "null",
      "no", "1e", "\x01", "\x04", "\x7F", "\u00e9", "\u2028", "\u0085", "\U0001F600", "---", "..."};
  std::string text;
  const int64_t num_pieces = random.below(6);
  for (int64_t i = 0; i < num_pieces; ++i)
    text += pieces[static_cast<size_t>(random.below(static_cast<int64_t>(pieces.size())))];
  return text;
}

/// Gives a field some value that it takes.
class Scrambler {
 public:
  Scrambler(Random& random, const Range& range) : random_(random), range_(range) {}

  void operator()(int64_t* value) const { *value = integer(); }
  void operator()(double* value) const { *value = number(); }
  void operator()(bool* value) const { *value = random_.chance(0.5); }
  void operator()(std::string* value) const {
    const std::vector<std::string>& choices = range_.choices;
    *value = choices.empty() ? hard_text(random_)
                             : choices[static_cast<size_t>(random_.below(static_cast<int64_t>(choices.size())))];
  }
  void operator()(std::optional<std::string>* value) const {
    value->reset();
    if (random_.chance(0.8)) *value = hard_text(random_);
  }
  void operator()(LabelMap* value) const {
    value->clear();
    const int64_t count = random_.below(5);
    while (static_cast<int64_t>(value->size()) < count) {
      std::string name = hard_text(random_) + "x";
      std::replace(name.begin(), name.end(), '/', '+');
      value->emplace(name, static_cast<int64_t>(value->size()));
    }
  }
  void operator()(NumberMap* value) const {
    value->clear();
    for (int64_t count = random_.below(5); count > 0; --count) (*value)[hard_text(random_) + "x"] = number();
  }
  void operator()(std::vector<int64_t>* value) const {
    value->resize(length());
    for (int64_t& item : *value) item = integer();
    std::sort(value->begin(), value->end());
    value->erase(std::unique(value->begin(), value->end()), value->end());
  }
  void operator()(std::vector<double>* value) const {
    value->resize(length());
    for (double& item : *value) item = number();
  }
  void operator()(std::vector<std::string>* value) const {
    value->resize(length());
    for (std::string& item : *value) item = hard_text(random_);
  }

 private:
  double low() const { return range_.low.value_or(-1000); }
  double high() const { return range_.high.value_or(1000); }
  int64_t integer() const {
    return static_cast<int64_t>(low()) + random_.below(static_cast<int64_t>(high()) - static_cast<int64_t>(low()) + 1);
  }
  double number() const { return high() - (high() - low()) * random_.uniform() * random_.uniform(); }
  size_t length() const {
    if (range_.lengths.empty()) return static_cast<size_t>(1 + random_.below(4));
    return range_.lengths[static_cast<size_t>(random_.below(static_cast<int64_t>(range_.lengths.size())))];
  }

  Random& random_;
  const Range& range_;
};

/// An experiment of random values that passes every check.
Experiment random_experiment(uint64_t seed) {
  Random random(seed);
  Experiment experiment;
  const FieldTable table(experiment);
  for (const Field& field : table.fields()) std::visit(Scrambler(random, field.range), field.member);
  if (!experiment.model.backbone.starts_with("resnet_")) experiment.model.input_type = "3d";
  if (experiment.model.temporal == "causal") {
    experiment.model.input_type = "3d";
    experiment.model.model_type = "rgb";
    experiment.model.backbone = "resnet_18";
    experiment.model.rgb_seq_length = 4 * (1 + random.below(100));
    experiment.model.history_frames = 4 * random.below(100);
  }
  experiment.train.checkpoint_interval = 1 + random.below(experiment.train.num_epochs);
  experiment.train.validation_interval = 1 + random.below(experiment.train.num_epochs);
  OptimSpec& optim = experiment.train.optim;
  if (optim.lr_decay >= 1) optim.lr_decay = 0.1;
  if (optim.lr_scheduler == "Cosine") optim.min_lr = std::min(optim.min_lr, optim.lr);
  if (optim.optimizer != "sgd" || optim.momentum == 0) optim.nesterov = false;
  return experiment;
}

TEST(Print, ParsingGivesTheExperimentAgain) {
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    const Experiment experiment = random_experiment(seed);
    const std::string yaml = print(experiment);
    SCOPED_TRACE(yaml);
    const Experiment again = experiment_of(yaml);
    ASSERT_EQ(differing_keys(again, experiment), std::vector<std::string>{});
    ASSERT_EQ(again, experiment);
    ASSERT_EQ(print(again), yaml);
  }
}

TEST(Print, HasEveryKeyInBlocksOfTwoBlanks) {
  const std::string yaml = print(Experiment{});
  EXPECT_EQ(yaml.substr(0, 73), "model_name: action_recognition\nencryption_key: null\nresults_dir: \"\"\nwandb");
  EXPECT_NE(yaml.find("\ndataset:\n  train_dataset_dir: null\n"), std::string::npos);
  EXPECT_NE(yaml.find("\n  augmentation_config:\n    train_crop_type: random_crop\n    scales: [1.0]\n"),
            std::string::npos);
  EXPECT_NE(yaml.find("\n  cudnn:\n    benchmark: false\n    deterministic: true\n  num_epochs: 10\n"),
            std::string::npos);
  EXPECT_NE(yaml.find("\nexport:\n  checkpoint: null\n"), std::string::npos);
  Experiment experiment;
  const FieldTable table(experiment);
  EXPECT_EQ(std::count(yaml.begin(), yaml.end(), '\n'),
            static_cast<int64_t>(table.fields().size() + block_help().size() - 1));
}

TEST(Print, LabelsStandInTheOrderOfTheirIndices) {
  Experiment experiment;
  experiment.dataset.label_map = {{"a", 1}, {"no", 0}};
  EXPECT_NE(print(experiment).find("\n  label_map:\n    \"no\": 0\n    a: 1\n  batch_size: 2\n"), std::string::npos);
}

TEST(Print, NumbersKeepTheirValueAndType) {
  Experiment experiment;
  experiment.train.optim.lr = 1e-5;
  experiment.train.clip_grad_norm = 40;
  experiment.train.optim.min_lr = 1.0 / 3;
  const std::string yaml = print(experiment);
  EXPECT_NE(yaml.find("    lr: 1.0e-05\n"), std::string::npos);
  EXPECT_NE(yaml.find("  clip_grad_norm: 40.0\n"), std::string::npos);
  EXPECT_NE(yaml.find("    min_lr: 0.3333333333333333\n"), std::string::npos);
}

TEST(Print, TextThatReadersMistakeIsQuoted) {
  const auto printed = [](const std::string& text) {
    Experiment experiment;
    experiment.results_dir = text;
    const std::string yaml = print(experiment);
    const size_t start = yaml.find("results_dir: ") + 13;
    return yaml.substr(start, yaml.find('\n', start) - start);
  };
  EXPECT_EQ(printed("out/run_1.x-y"), "out/run_1.x-y");
  EXPECT_EQ(printed("../out"), "../out");
  for (const char* text : {"null", "True", "NO", "1e3", "12", ".5", "...", "2020-01-01", "a b", "a: b", "-"})
    EXPECT_EQ(printed(text), '"' + std::string(text) + '"');
  EXPECT_EQ(printed("a\"\\\n\x01"), R"("a\"\\\x0a\x01")");
  EXPECT_EQ(printed("${a}"), R"("\\${a}")");
}

TEST(DifferingKeys, AreNamedInOrder) {
  Experiment changed;
  changed.train.num_epochs = 11;
  changed.model.backbone = "resnet_34";
  changed.dataset.label_map["walk"] = 0;
  changed.train.cudnn_benchmark = true;
  changed.encryption_key = "";
  EXPECT_EQ(differing_keys(Experiment{}, changed),
            (std::vector<std::string>{"encryption_key", "model.backbone", "dataset.label_map", "train.cudnn.benchmark",
                                      "train.num_epochs"}));
}

// 3 keys at the top, then 10 of wandb, 18 of model, 6 and 9 of dataset, 13, 2 and 9 of train, 10, 10 and 5 of the
// verbs.
TEST(Print, OfChangesHasThemAlone) {
  Experiment experiment;
  EXPECT_EQ(print_changes(experiment), "");
  experiment.model.width = 16;
  experiment.dataset.label_map = {{"walk", 1}, {"run", 0}};
  experiment.dataset.augmentation_config.crop_smaller_edge = 92;
  const std::string text = print_changes(experiment);
  EXPECT_EQ(text,
            "model:\n  width: 16\ndataset:\n  label_map:\n    run: 0\n    walk: 1\n  augmentation_config:\n    "
            "crop_smaller_edge: 92\n");
  EXPECT_EQ(parse(text, "changes", {}).experiment, experiment);
  EXPECT_TRUE(parse(text, "changes", {}).warnings.empty());
}

TEST(Print, OfUsedLeavesOutWhatHasNoEffect) {
  Experiment experiment;
  experiment.model.width = 16;
  EXPECT_FALSE(parse(print(experiment), "all", {}).warnings.empty());
  const Loaded used = parse(print_used(experiment), "used", {});
  EXPECT_TRUE(used.warnings.empty());
  EXPECT_EQ(used.experiment, experiment);
  experiment.wandb.enable = false;
  const Loaded given = parse(print_used(experiment), "given", {});
  EXPECT_EQ(given.experiment, experiment);
  EXPECT_EQ(given.warnings.size(), 1U);
}

TEST(FieldTable, HasEachKeyOnceAndHelpForEach) {
  Experiment experiment;
  const FieldTable table(experiment);
  std::vector<std::string> keys;
  for (const Field& field : table.fields()) {
    keys.push_back(field.key);
    EXPECT_FALSE(field.help.empty()) << field.key;
    EXPECT_EQ(field.help.back(), '.') << field.key;
  }
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
  EXPECT_EQ(keys.size(), 119U);
}

TEST(Reference, DocsAreUpToDate) {
  const std::string path = std::string(GERUND_SOURCE_DIR) + "/docs/spec.md";
  EXPECT_TRUE(base::read_file(path) == reference_markdown())
      << "docs/spec.md differs from spec::reference_markdown(); write it anew";
}

TEST(Reference, ShowsTypeDefaultRangeAndLackOfEffect) {
  const std::string text = reference_markdown();
  EXPECT_NE(text.find("| `lr` | number | `0.0005` | > 0 | Learning rate at the start (of OneCycle: its highest). |"),
            std::string::npos);
  EXPECT_NE(text.find("| `input_type` | name | `2d` | 2d, 3d |"), std::string::npos);
  EXPECT_NE(text.find("GPUs to use. No effect: this verb computes on the CPU."), std::string::npos);
  EXPECT_NE(text.find("| `train_config.epochs` | `train.num_epochs` |"), std::string::npos);
}

TEST(Moving, DocsAreUpToDate) {
  const std::string page = base::read_file(std::string(GERUND_SOURCE_DIR) + "/docs/from-tao.md");
  EXPECT_NE(page.find("<!-- gerund spec --tao-reference -->\n" + moving_markdown() + "<!-- end -->\n"),
            std::string::npos)
      << "docs/from-tao.md differs from gerund spec --tao-reference; write that part anew";
}

// The keys of both dialects of the reference toolkit, from its documentation and specs.
TEST(Moving, TellsOfEveryKeyOfBothDialects) {
  const std::string text = moving_markdown();
  const auto expect = [&](const std::string& block, const std::vector<std::string>& keys) {
    for (const std::string& key : keys)
      EXPECT_NE(text.find("`" + block + key + "`"), std::string::npos) << block << key;
  };
  const std::vector<std::string> model = {"model_type",
                                          "backbone",
                                          "rgb_seq_length",
                                          "of_seq_length",
                                          "rgb_pretrained_model_path",
                                          "of_pretrained_model_path",
                                          "rgb_pretrained_num_classes",
                                          "of_pretrained_num_classes",
                                          "joint_pretrained_model_path",
                                          "num_fc",
                                          "sample_strategy",
                                          "sample_rate",
                                          "imagenet_pretrained",
                                          "dropout_ratio"};
  const std::vector<std::string> dataset = {"train_dataset_dir",
                                            "val_dataset_dir",
                                            "label_map",
                                            "batch_size",
                                            "workers",
                                            "clips_per_video",
                                            "augmentation_config.train_crop_type",
                                            "augmentation_config.scales",
                                            "augmentation_config.horizontal_flip_prob",
                                            "augmentation_config.rgb_input_mean",
                                            "augmentation_config.rgb_input_std",
                                            "augmentation_config.of_input_mean",
                                            "augmentation_config.of_input_std",
                                            "augmentation_config.val_center_crop",
                                            "augmentation_config.crop_smaller_edge"};
  const std::vector<std::string> optim = {"checkpoint_interval", "clip_grad_norm",     "optim.lr",
                                          "optim.momentum",      "optim.weight_decay", "optim.lr_scheduler",
                                          "optim.lr_steps",      "optim.lr_decay",     "optim.lr_monitor",
                                          "optim.patience",      "optim.min_lr"};
  expect("", {"model_name", "encryption_key", "results_dir"});
  expect("wandb.",
         {"enable", "project", "entity", "group", "tags", "reinit", "sync_tensorboard", "save_code", "name", "run_id"});
  expect("model.", model);
  expect("model.", {"input_width", "input_height"});
  expect("dataset.", dataset);
  expect("train.", optim);
  expect("train.",
         {"num_gpus", "gpu_ids", "num_nodes", "seed", "cudnn.benchmark", "cudnn.deterministic", "num_epochs",
          "checkpoint_interval_unit", "validation_interval", "resume_training_checkpoint_path", "results_dir"});
  expect("evaluate.", {"checkpoint", "test_dataset_dir", "batch_size", "video_eval_mode", "video_num_segments",
                       "num_gpus", "gpu_ids", "num_nodes", "results_dir", "trt_engine"});
  expect("inference.", {"checkpoint", "inference_dataset_dir", "batch_size", "video_inf_mode", "video_num_segments",
                        "num_gpus", "gpu_ids", "num_nodes", "results_dir", "trt_engine"});
  expect("export.", {"checkpoint", "onnx_file", "gpu_id", "batch_size", "results_dir"});
  // Before 5.0.
  expect("model_config.", model);
  expect("dataset_config.", dataset);
  expect("dataset_config.", {"output_shape"});
  expect("train_config.", optim);
  expect("train_config.", {"epochs"});
  expect("",
         {"output_dir", "key", "gpu_ids", "resume_training_checkpoint_path", "model", "batch_size", "test_dataset_dir",
          "video_eval_mode", "video_num_segments", "inference_dataset_dir", "video_inf_mode", "output_file", "gpu_id"});
}

}  // namespace
}  // namespace gerund::spec
