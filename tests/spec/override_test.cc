#include "spec/override.h"

#include <gtest/gtest.h>

#include "spec/outcome.h"

namespace gerund::spec {
namespace {

const std::string kSpec = "dataset:\n  label_map:\n    walk: 0\n    run: 1\n";

/// Names of files that a grammar would read as something else.
const std::vector<std::string> kOddTexts = {
    "a b",      " a ",     "a=b",         "[a, b",  "[a]",         "{a: b}", "a,b:c", "it's",      "\"quoted\"",
    "'quoted'", "${seed}", "\\${seed}",   "${",     "${eval:1/0}", "\\",     "a\\",   "\\'",       "\\\"\\\\",
    "null",     "???",     "~",           "+a",     "a\nb",        "\t",     "#a",    "train.a=1", "\xC3\xA4\\ \\[",
    "}",        "a}",      "-a: *b & !c", "%a @b `"};

/// What `text` gives for evaluate.checkpoint.
std::optional<std::string> checkpoint(const std::string& text) {
  return experiment_of(kSpec, {"evaluate.checkpoint=" + text}).evaluate.checkpoint;
}

TEST(Overrides, ReplaceValuesOfTheFileAndOfEachOther) {
  const std::string spec = "train:\n  num_epochs: 3\n";
  EXPECT_EQ(experiment_of(spec, {"train.num_epochs=4"}).train.num_epochs, 4);
  EXPECT_EQ(experiment_of(spec, {"train.num_epochs=4", "train.num_epochs=6"}).train.num_epochs, 6);
  EXPECT_EQ(experiment_of(spec, {"train.optim.lr=1e-3"}).train.optim.lr, 1e-3);
}

TEST(Overrides, OnlyTheFirstEqualsSignSplits) {
  EXPECT_EQ(checkpoint("ar_model_epoch=19-val_loss=0.05.tlt"), "ar_model_epoch=19-val_loss=0.05.tlt");
}

TEST(Overrides, ListsReplaceLists) {
  EXPECT_EQ(experiment_of(kSpec, {"train.gpu_ids=[0,1]"}).train.gpu_ids, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(experiment_of(kSpec, {"train.gpu_ids=[ 2 , 3 ]"}).train.gpu_ids, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(experiment_of(kSpec, {"train.optim.lr_steps=[]"}).train.optim.lr_steps, std::vector<int64_t>{});
  EXPECT_EQ(experiment_of(kSpec, {"wandb.tags=[a,'b, c',\"d]\"]"}).wandb.tags,
            (std::vector<std::string>{"a", "b, c", "d]"}));
}

TEST(Overrides, BlocksAndLabelMapsAreMerged) {
  const std::map<std::string, int64_t> three = {{"walk", 0}, {"run", 1}, {"jump", 2}};
  EXPECT_EQ(experiment_of(kSpec, {"+dataset.label_map.jump=2"}).dataset.label_map, three);
  EXPECT_EQ(experiment_of(kSpec, {"dataset.label_map={jump: 2}"}).dataset.label_map, three);
  EXPECT_EQ(experiment_of(kSpec, {"++dataset_config.label_map.jump=2"}).dataset.label_map, three);
  const Experiment experiment = experiment_of(kSpec, {"train={num_epochs: 4, optim: {lr: 0.5}}"});
  EXPECT_EQ(experiment.train.num_epochs, 4);
  EXPECT_EQ(experiment.train.optim.lr, 0.5);
  EXPECT_EQ(experiment.train.optim.momentum, 0.9);
}

TEST(Overrides, NullEmptiesTheLabelMapFirst) {
  const std::map<std::string, int64_t> one = {{"jump", 0}};
  EXPECT_EQ(experiment_of(kSpec, {"dataset.label_map=null", "dataset.label_map.jump=0"}).dataset.label_map, one);
}

TEST(Overrides, LabelMapWithoutOneInTheFile) {
  const std::map<std::string, int64_t> one = {{"walk", 0}};
  EXPECT_EQ(experiment_of("model:\n  width: 8\n", {"+dataset.label_map.walk=0"}).dataset.label_map, one);
  EXPECT_EQ(experiment_of("model:\n  width: 8\n", {"dataset.label_map={'walk':0}"}).dataset.label_map, one);
}

TEST(Overrides, TextNeedsNoQuotesExceptAtItsStart) {
  EXPECT_EQ(checkpoint("a, b [c] {d}: e"), "a, b [c] {d}: e");
  EXPECT_EQ(checkpoint("'[a]'"), "[a]");
  EXPECT_EQ(checkpoint("\"it's\""), "it's");
  EXPECT_EQ(checkpoint("'it\\'s'"), "it's");
  EXPECT_EQ(checkpoint("\\[a\\=b"), "[a=b");
  EXPECT_EQ(checkpoint(""), "");
  EXPECT_EQ(checkpoint("  x y  "), "x y");
  EXPECT_EQ(checkpoint("???"), "???");
  EXPECT_EQ(checkpoint("null"), std::nullopt);
  EXPECT_EQ(checkpoint("'null'"), "null");
}

TEST(Overrides, BackslashesBeforeAQuoteAreDoubled) {
  EXPECT_EQ(checkpoint(R"('a\\')"), R"(a\)");
  EXPECT_EQ(checkpoint(R"('a\\\'b')"), R"(a\'b)");
  EXPECT_EQ(checkpoint(R"('a\b\\c')"), R"(a\b\\c)");
}

TEST(Overrides, QuotedValueReadsAsTheTextWhateverItHolds) {
  for (const std::string& text : kOddTexts) {
    EXPECT_EQ(checkpoint(quoted_value(text)), text);
    EXPECT_EQ(experiment_of(kSpec, {"evaluate={checkpoint: " + quoted_value(text) + "}"}).evaluate.checkpoint, text);
  }
  EXPECT_EQ(quoted_value("out/demo 2"), "'out/demo 2'");
  EXPECT_EQ(quoted_value("../out/demo-2/a_b.onnx"), "../out/demo-2/a_b.onnx");
}

TEST(PlainSettings, AreTakenAsTheyAre) {
  for (const std::string& text : kOddTexts) {
    const Loaded spec = parse("train:\n  results_dir: ${results_dir}/x\n", "s.yaml", {"results_dir=before"},
                              {{"results_dir", text, "-r"}, {"evaluate.checkpoint", text, "--checkpoint"}});
    EXPECT_EQ(spec.experiment.results_dir, text);
    EXPECT_EQ(spec.experiment.evaluate.checkpoint, text);
    EXPECT_EQ(spec.experiment.train.results_dir, text + "/x");
    EXPECT_EQ(experiment_of(print(spec.experiment)), spec.experiment);
  }
}

TEST(PlainSettings, MessagesNameTheOption) {
  EXPECT_EQ(parse("{}", "s.yaml", {}, {{"model_name", "net", "-n"}}).warnings,
            std::vector<std::string>{"-n: model_name has no effect here: gerund names files by its own rules"});
  try {
    parse("{}", "s.yaml", {}, {{"results_dir", "\xFF", "-r"}});
    ADD_FAILURE();
  } catch (const base::UserError& error) {
    EXPECT_EQ(std::string(error.what()), "-r: is not UTF-8 text");
  }
}

TEST(Overrides, MessagesNameTheOverride) {
  EXPECT_EQ(error_of(kSpec, {"train.optim.lr=-1"}),
            "override 'train.optim.lr=-1': train.optim.lr: -1 is out of range; allowed: > 0");
  EXPECT_EQ(error_of(kSpec, {"train.gpu_ids=[0,x]"}),
            "override 'train.gpu_ids=[0,x]': train.gpu_ids[1]: 'x' is not an integer; allowed: >= 0");
  EXPECT_EQ(error_of(kSpec, {"trian.optim.lr=1"}),
            "override 'trian.optim.lr=1': unknown key 'trian' at the top level; did you mean 'train'?");
  EXPECT_EQ(error_of(kSpec, {"+train.optim.rate=1"}),
            "override '+train.optim.rate=1': unknown key 'rate' in train.optim; did you mean 'lr'?");
  EXPECT_EQ(error_of(kSpec, {"train=5"}), "override 'train=5': train: '5' is not a block of keys");
  EXPECT_EQ(error_of(kSpec, {"model.backbone.depth=5"}),
            "override 'model.backbone.depth=5': model.backbone: a block is not one of the names; allowed: resnet_18, "
            "resnet_34, resnet_50, resnet_101, resnet_152, i3d, r3d_18, mc3_18, r2plus1d_18, x3d_s");
}

TEST(Overrides, MalformedOnesAreRefused) {
  EXPECT_EQ(error_of(kSpec, {"train.num_epochs"}),
            "override 'train.num_epochs': has no key and '='; write key=value, e.g. train.num_epochs=5");
  EXPECT_EQ(error_of(kSpec, {"=5"}), "override '=5': has no key and '='; write key=value, e.g. train.num_epochs=5");
  EXPECT_EQ(error_of(kSpec, {"train.gpu_ids=[0,1"}), "override 'train.gpu_ids=[0,1': has a list without its ']'");
  EXPECT_EQ(error_of(kSpec, {"train={num_epochs: 1"}), "override 'train={num_epochs: 1': has a block without its '}'");
  EXPECT_EQ(error_of(kSpec, {"train={num_epochs}"}),
            "override 'train={num_epochs}': has no ':' after the key 'num_epochs'");
  EXPECT_EQ(error_of(kSpec, {"train={seed: 1, seed: 2}"}), "override 'train={seed: 1, seed: 2}': gives 'seed' twice");
  EXPECT_EQ(error_of(kSpec, {"results_dir='a"}), "override 'results_dir='a': has text without its closing '");
  EXPECT_EQ(error_of(kSpec, {"results_dir='a'b"}), "override 'results_dir='a'b': cannot read 'b' after the value");
  EXPECT_EQ(error_of(kSpec, {"~train.seed="}),
            "override '~train.seed=': keys cannot be removed; give the value you want instead");
  EXPECT_EQ(error_of(kSpec, {"results_dir=\xFF"}), "override 'results_dir=\xFF': is not UTF-8 text");
}

TEST(Overrides, DeepNestingIsRefused) {
  EXPECT_NE(error_of(kSpec, {"train.gpu_ids=" + std::string(100000, '[')}).find("nests deeper than 32 levels"),
            std::string::npos);
  std::string dots = "a";
  for (int i = 0; i < 100000; ++i) dots += ".a";
  EXPECT_NE(error_of(kSpec, {dots + "=1"}).find("nests deeper than 32 levels"), std::string::npos);
}

TEST(Overrides, KeysOfSealingAreNotRepeatedInMessages) {
  EXPECT_EQ(experiment_of(kSpec, {"encryption_key=secret"}).encryption_key, "secret");
  EXPECT_EQ(warnings_of(kSpec, {"key=secret"}),
            std::vector<std::string>{"override 'key=...': key is the old name of encryption_key"});
  for (const char* text : {"encryption_key=[secret]", "encryption_key={secret: 1}", "encryption_key=secret\xFF"}) {
    const std::string error = error_of(kSpec, {text});
    EXPECT_NE(error, "") << text;
    EXPECT_EQ(error.find("secret"), std::string::npos) << error;
  }
}

TEST(Overrides, KeyWithoutEffectIsSaidOnce) {
  EXPECT_EQ(warnings_of("train:\n  num_gpus: 1\n", {"train.num_gpus=2"}).size(), 1U);
}

}  // namespace
}  // namespace gerund::spec
