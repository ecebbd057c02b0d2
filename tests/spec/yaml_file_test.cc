#include "spec/yaml_file.h"

#include <gtest/gtest.h>

#include "spec/outcome.h"

namespace gerund::spec {
namespace {

TEST(YamlFile, KeepsTextListsBlocksAndTheirLines) {
  const Value top = read_yaml("a:\n  b: [1, 'x y']\n  c: ~\n", "f.yaml");
  ASSERT_EQ(top.entries.size(), 1U);
  const Value& a = top.entries[0].value;
  ASSERT_EQ(a.entries.size(), 2U);
  EXPECT_EQ(a.entries[0].value.items[1].text, "x y");
  EXPECT_EQ(a.entries[0].value.items[1].name, "a.b[1]");
  EXPECT_EQ(a.entries[1].value.kind, Value::Kind::kNull);
  EXPECT_EQ(a.entries[1].value.place, "f.yaml:3");
  EXPECT_EQ(a.entries[1].value.name, "a.c");
}

TEST(YamlFile, QuotedNullIsText) {
  EXPECT_EQ(read_yaml("a: \"null\"", "f").entries[0].value.kind, Value::Kind::kScalar);
  EXPECT_EQ(read_yaml("a: null", "f").entries[0].value.kind, Value::Kind::kNull);
}

TEST(YamlFile, EmptyFilesSayWhatBelongsThere) {
  const std::string message = "s.yaml: is empty; it is to have blocks such as model:";
  EXPECT_EQ(error_of(""), message);
  EXPECT_EQ(error_of("\n# only a comment\n"), message);
  EXPECT_EQ(error_of("---\n"), message);
}

TEST(YamlFile, TextThatIsNoBlockIsRefused) {
  EXPECT_EQ(error_of("\nmodel\n"), "s.yaml:2: is not a spec; a spec has blocks such as model: and dataset:");
  EXPECT_EQ(error_of("- a\n- b\n"), "s.yaml:1: is not a spec; a spec has blocks such as model: and dataset:");
}

TEST(YamlFile, SyntaxErrorsGiveTheirLine) {
  EXPECT_EQ(error_of("model:\n  backbone: [a, b\n").substr(0, 22), "s.yaml:3: is not YAML:");
  EXPECT_EQ(error_of("model:\n\tbackbone: i3d\n").substr(0, 9), "s.yaml:2:");
  EXPECT_EQ(error_of("model:\n  backbone: \"i3d\n").substr(0, 9), "s.yaml:2:");
}

TEST(YamlFile, KeysGivenTwiceAreRefusedWithBothLines) {
  EXPECT_EQ(error_of("dataset:\n  batch_size: 1\n  workers: 2\n  batch_size: 3\n"),
            "s.yaml:4: dataset.batch_size: is given twice, first at s.yaml:2; keep one");
  EXPECT_EQ(error_of("model:\n  width: 8\nmodel:\n  width: 9\n"),
            "s.yaml:3: model: is given twice, first at s.yaml:1; keep one");
}

TEST(YamlFile, SecondDocumentIsRefused) {
  EXPECT_EQ(error_of("model:\n  width: 8\n---\ntrain:\n  seed: 1\n"),
            "s.yaml:3: starts a second YAML document; keep one");
}

// Found by fuzzing: yaml-cpp makes empty documents here without end.
TEST(YamlFile, TextThatTheParserCannotPassIsRefused) {
  EXPECT_EQ(error_of(",a: 1\n"), "s.yaml:1: is not YAML: nothing can start like this (column 1)");
  EXPECT_NE(error_of("model:\n  width: 8\n}\n"), "no error");
  EXPECT_NE(error_of("model: {width: 8}}\n"), "no error");
  EXPECT_NE(error_of("model: {width: 8} ]\n"), "no error");
  EXPECT_NE(error_of("model:\n  width: 8\n ,\n"), "no error");
}

TEST(YamlFile, KeysThatAreNotTextAreRefused) {
  EXPECT_EQ(error_of("model:\n  [a, b]: 1\n"), "s.yaml:2: a key must be plain text");
}

TEST(YamlFile, DeepNestingIsRefused) {
  std::string deep = "model: ";
  for (int i = 0; i < 40; ++i) deep += "[";
  for (int i = 0; i < 40; ++i) deep += "]";
  EXPECT_NE(error_of(deep).find("is nested too deep; allowed: 32 levels"), std::string::npos) << error_of(deep);
  const std::string far_deeper = "model: " + std::string(100000, '[');
  EXPECT_EQ(error_of(far_deeper).substr(0, 7), "s.yaml:");
}

TEST(YamlFile, AliasesThatMultiplyAreRefused) {
  std::string bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 1; j < 10; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_NE(error_of(bomb).find("is one value too many; allowed: 20000"), std::string::npos) << error_of(bomb);
}

TEST(YamlFile, AliasOfItselfIsRefused) {
  EXPECT_NE(error_of("model: &m\n  a: *m\n"), "no error");
  EXPECT_NE(error_of("model: &m [*m]\n"), "no error");
}

TEST(YamlFile, AliasesRepeatAValue) {
  const Experiment experiment = experiment_of("evaluate:\n  checkpoint: &c best\ninference:\n  checkpoint: *c\n");
  EXPECT_EQ(experiment.inference.checkpoint, "best");
}

TEST(YamlFile, HugeFilesAreRefusedBeforeTheyAreParsed) {
  const std::string huge = "model: " + std::string(2000000, 'x');
  EXPECT_EQ(
      error_of(huge),
      "s.yaml: has 2000007 bytes; a spec is YAML text of at most 1048576. Is it a checkpoint or a model? These go to "
      "evaluate, infer, export and describe");
}

TEST(YamlFile, TakesTheEntriesOfOtherBlocks) {
  const Value top =
      read_yaml("base: &b {x: 1, y: 2}\nmore: &m {z: 3}\none: {<<: *b, y: 5}\ntwo:\n  <<: [*b, *m]\n", "f");
  const auto shown = [&](size_t i) {
    std::string text;
    for (const Entry& entry : top.entries[i].value.entries) text += entry.key + entry.value.text + " ";
    return text;
  };
  EXPECT_EQ(shown(2), "y5 x1 ");
  EXPECT_EQ(shown(3), "x1 y2 z3 ");
  EXPECT_EQ(error_of("a:\n  <<: 7\n"), "s.yaml:2: << takes a block of keys, or a list of blocks");
}

}  // namespace
}  // namespace gerund::spec
