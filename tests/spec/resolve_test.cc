#include "spec/resolve.h"

#include <gtest/gtest.h>

#include "spec/outcome.h"

namespace gerund::spec {
namespace {

std::optional<std::string> onnx_file(const std::string& value, const std::vector<std::string>& overrides = {}) {
  return experiment_of("results_dir: out\nexport:\n  onnx_file: " + value + "\n", overrides).export_.onnx_file;
}

std::string reference_error(const std::string& value) {
  return error_of("results_dir: out\nexport:\n  onnx_file: " + value + "\n");
}

TEST(References, TakeTheValueOfAnotherKey) {
  EXPECT_EQ(onnx_file("${results_dir}"), "out");
  EXPECT_EQ(onnx_file("${results_dir}/m.onnx"), "out/m.onnx");
  EXPECT_EQ(onnx_file("a-${results_dir}-${results_dir}-b"), "a-out-out-b");
  EXPECT_EQ(onnx_file("\"${ results_dir }\""), "out");
}

TEST(References, SeeOverridesAndWorkInThem) {
  EXPECT_EQ(onnx_file("${results_dir}/m", {"results_dir=other"}), "other/m");
  EXPECT_EQ(onnx_file("x", {"export.onnx_file=${results_dir}/n"}), "out/n");
  EXPECT_EQ(experiment_of("train:\n  seed: 3\n", {"train.gpu_ids=[${train.seed},4]"}).train.gpu_ids,
            (std::vector<int64_t>{3, 4}));
}

TEST(References, KeysThatAreNotGivenHaveTheirDefaults) {
  EXPECT_EQ(onnx_file("T${model.rgb_seq_length}_${train.optim.lr}"), "T3_0.0005");
  EXPECT_EQ(experiment_of("train:\n  optim:\n    min_lr: ${train.optim.lr}\n").train.optim.min_lr, 5e-4);
}

TEST(References, TakeListsBlocksAndNullWhole) {
  const Experiment experiment = experiment_of(
      "train:\n  gpu_ids: [2, 3]\n  results_dir: ${evaluate.results_dir}\nevaluate:\n  gpu_ids: ${train.gpu_ids}\n");
  EXPECT_EQ(experiment.evaluate.gpu_ids, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(experiment.train.results_dir, std::nullopt);
}

TEST(References, FollowReferences) {
  EXPECT_EQ(experiment_of("evaluate:\n  checkpoint: ${inference.checkpoint}\ninference:\n  checkpoint: "
                          "${export.checkpoint}/b\nexport:\n  checkpoint: a\n")
                .evaluate.checkpoint,
            "a/b");
}

TEST(References, MayNameTheKeyByReference) {
  EXPECT_EQ(
      experiment_of("evaluate:\n  checkpoint: \"${${inference.checkpoint}.onnx_file}\"\ninference:\n  checkpoint: "
                    "export\nexport:\n  onnx_file: a\n")
          .evaluate.checkpoint,
      "a");
}

TEST(References, WorkWithNamesOfBothDialects) {
  const Experiment experiment = experiment_of(
      "output_dir: out\nmodel_config:\n  rgb_seq_length: 8\ntrain_config:\n  epochs: 4\n  validation_interval: "
      "${train_config.epochs}\noutput_file: ${output_dir}/${model_config.rgb_seq_length}${model.rgb_seq_length}\n");
  EXPECT_EQ(experiment.export_.onnx_file, "out/88");
  EXPECT_EQ(experiment.train.validation_interval, 4);
}

TEST(References, ReachIntoTheLabelMap) {
  const Experiment experiment = experiment_of(
      "dataset:\n  label_map:\n    walk: 0\n    run: ${eval:${dataset.label_map.walk} + 1}\ntrain:\n  seed: "
      "${dataset.label_map.run}\n");
  EXPECT_EQ(experiment.train.seed, 1);
}

TEST(References, EvalComputes) {
  EXPECT_EQ(onnx_file("\"${eval:2 + 3 * 4}\""), "14");
  EXPECT_EQ(onnx_file("\"${eval:(2 + 3) * -4}\""), "-20");
  EXPECT_EQ(onnx_file("\"${eval:7 / 2}\""), "3.5");
  EXPECT_EQ(onnx_file("\"${eval:7 // 2}\""), "3");
  EXPECT_EQ(onnx_file("\"${eval:-7 // 2}\""), "-4");
  EXPECT_EQ(onnx_file("\"${eval:10 - 2 - 3}\""), "5");
  EXPECT_EQ(onnx_file("\"${eval:'${model.rgb_seq_length} * 2'}.onnx\""), "6.onnx");
  EXPECT_EQ(experiment_of("dataset:\n  batch_size: ${eval:${model.rgb_seq_length}*2}\n").dataset.batch_size, 6);
  EXPECT_EQ(experiment_of("train:\n  optim:\n    lr: ${eval:1e-3 / 4}\n").train.optim.lr, 0.00025);
}

TEST(References, BadArithmeticIsRefused) {
  const std::string allowed = "; allowed: numbers with + - * / // and parentheses";
  const std::string start = "s.yaml:3: export.onnx_file: the expression ";
  EXPECT_EQ(reference_error("\"${eval:2 +}\""), start + "'2 +' cannot be read" + allowed);
  EXPECT_EQ(reference_error("\"${eval:1 / 0}\""), start + "'1 / 0' divides by zero" + allowed);
  EXPECT_EQ(reference_error("\"${eval:(1}\""), start + "'(1' has a ( without its )" + allowed);
  EXPECT_EQ(reference_error("\"${eval:2 ** 3}\""), start + "'2 ** 3' cannot be read" + allowed);
  EXPECT_EQ(reference_error("\"${eval:}\""), start + "'' cannot be read" + allowed);
  EXPECT_EQ(reference_error("\"${eval:1e308 * 10}\""), start + "'1e308 * 10' is not a finite number" + allowed);
  EXPECT_NE(reference_error("\"${eval:" + std::string(10000, '(') + "}\"").find("is nested too deep"),
            std::string::npos);
}

TEST(References, CyclesAreRefused) {
  EXPECT_EQ(error_of("results_dir: ${results_dir}\n"), "s.yaml:1: results_dir: refers to itself");
  EXPECT_NE(
      error_of("evaluate:\n  checkpoint: ${inference.checkpoint}\ninference:\n  checkpoint: x${evaluate.checkpoint}\n")
          .find("refers to itself"),
      std::string::npos);
  EXPECT_EQ(error_of("dataset:\n  label_map:\n    a: ${dataset.label_map}\n"),
            "s.yaml:2: dataset.label_map: refers to itself");
}

TEST(References, UnknownOnesAreRefusedWithTheNearest) {
  EXPECT_EQ(reference_error("${result_dir}/x"),
            "s.yaml:3: export.onnx_file: ${result_dir} refers to an unknown key; did you mean 'results_dir'?");
  EXPECT_EQ(reference_error("${model.width.x}"),
            "s.yaml:3: export.onnx_file: ${model.width.x} refers to an unknown key; did you mean 'model.width'?");
  EXPECT_EQ(reference_error("${model.widht}"),
            "s.yaml:3: export.onnx_file: ${model.widht} refers to an unknown key; did you mean 'model.width'?");
  EXPECT_NE(reference_error("${model.nope}").find("did you mean 'model."), std::string::npos);
  EXPECT_EQ(reference_error("${train.optim}"), "s.yaml:3: export.onnx_file: ${train.optim} is a block, not a value");
  EXPECT_EQ(reference_error("a${train.gpu_ids}"),
            "s.yaml:3: export.onnx_file: ${train.gpu_ids} is a list, which cannot be part of a text");
  EXPECT_EQ(reference_error("\"${oc.env:HOME}\""),
            "s.yaml:3: export.onnx_file: ${oc.env:HOME} is not known; allowed: ${block.key} and ${eval:...}");
  EXPECT_EQ(reference_error("\"a${train\""), "s.yaml:3: export.onnx_file: 'a${train' has a ${ without its }");
}

TEST(References, GrowthIsBounded) {
  std::string doubling = "dataset:\n  label_map:\n    a0: xxxxxxxxxxxxxxxx\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "${dataset.label_map.a" + std::to_string(i - 1) + "}";
    doubling += "    a" + std::to_string(i) + ": " + before + before + "\n";
  }
  EXPECT_NE(error_of(doubling).find("becomes longer than 65536 bytes"), std::string::npos) << error_of(doubling);
  std::string chain = "dataset:\n  label_map:\n    a0: 1\n";
  for (int i = 1; i < 10000; ++i)
    chain += "    a" + std::to_string(10000 - i) + ": ${dataset.label_map.a" + std::to_string(9999 - i) + "}\n";
  EXPECT_NE(error_of(chain).find("is a chain of more than 64 references"), std::string::npos) << error_of(chain);
  std::string nested = "results_dir: \"";
  for (int i = 0; i < 1000; ++i) nested += "${";
  for (int i = 0; i < 1000; ++i) nested += "}";
  EXPECT_NE(error_of(nested + "\"").find("nests references too deep"), std::string::npos) << error_of(nested + "\"");
  EXPECT_NE(error_of("train:\n  gpu_ids: [[1, 2]]\n").find("stands where a single value belongs"), std::string::npos);
}

TEST(References, EscapedOnesStayText) {
  EXPECT_EQ(onnx_file("'\\${results_dir}'"), "${results_dir}");
  EXPECT_EQ(onnx_file("'\\\\${results_dir}'"), "\\out");
  EXPECT_EQ(onnx_file("'\\\\\\${results_dir}'"), "\\${results_dir}");
  EXPECT_EQ(onnx_file("'a\\b$c'"), "a\\b$c");
}

}  // namespace
}  // namespace gerund::spec
