#include "deploy/label_file.h"

#include <gtest/gtest.h>

#include "deploy/config_files.h"

namespace gerund::deploy {
namespace {

using Names = std::vector<std::string>;

Names labels(const std::string& text) {
  return parse_labels(text, "labels.txt");
}

std::string label_error(const std::string& text) {
  return error_of([&] { labels(text); });
}

const Names kThree = {"walk", "fall floor", "run"};

TEST(LabelFile, EveryFormGivesTheSameNames) {
  for (const char* text : {
           "walk;fall floor;run",
           " walk ; fall floor;run;\n",
           "walk;\nfall floor;\nrun;\n",
           "walk\nfall floor\nrun",
           "walk\r\n fall floor \r\n\r\nrun\r\n",
           "walk,fall floor,run\n",
           "walk, \"fall floor\", run",
           "0,walk\n1,fall floor\n2,run\n",
           "1,fall floor\n0,walk\n2,run\n",
           "walk,0\nfall floor,1\nrun,2\n",
           "id,name\n0,walk\n1,fall floor\n2,run\n",
           "name,id\nwalk,0\nfall floor,1\nrun,2\n",
           R"(["walk", "fall floor", " run "])",
           R"({"0": "walk", "2": "run", "1": "fall floor"})",
           R"({"walk": 0, "run": 2, "fall floor": 1})",
       })
    EXPECT_EQ(labels(text), kThree) << text;
}

TEST(LabelFile, MoreThanTenIndicesAreInNumericalOrder) {
  std::string json = "{";
  for (int i = 0; i < 12; ++i)
    json += (i > 0 ? "," : "") + ('"' + std::to_string(i) + "\":\"c" + std::to_string(i) + "\"");
  const Names names = labels(json + "}");
  ASSERT_EQ(names.size(), 12U);
  EXPECT_EQ(names[2], "c2");
  EXPECT_EQ(names[11], "c11");
}

TEST(LabelFile, CommasStayInNamesOnLinesOfTheirOwn) {
  EXPECT_EQ(labels("jump, high\nrun\n"), (Names{"jump, high", "run"}));
  EXPECT_EQ(labels("walk,0\njump,high\nrun,1\n"), (Names{"walk,0", "jump,high", "run,1"}));
  EXPECT_EQ(labels("\"jump, high\"\nrun\n"), (Names{"jump, high", "run"}));
  EXPECT_EQ(labels("0,\"jump, high\"\n1,run\n"), (Names{"jump, high", "run"}));
  EXPECT_EQ(labels("\"say \"\"hi\"\"\",run"), (Names{"say \"hi\"", "run"}));
}

TEST(LabelFile, NumbersMayBeNames) {
  EXPECT_EQ(labels("0\n1\n2\n"), (Names{"0", "1", "2"}));
}

TEST(LabelFile, WhatNamesNoClassesIsRefused) {
  EXPECT_EQ(label_error(" \n"), "labels.txt: has no class names; write one per line, or all with ; between them");
  EXPECT_TRUE(contains(label_error(";;"), "has no class names"));
  EXPECT_TRUE(contains(label_error("[]"), "has no class names"));
  EXPECT_TRUE(contains(label_error("0,\n1,run\n"), "class 0 has no name"));
  EXPECT_TRUE(contains(label_error("walk;;\nrun;;jump"), "class 2 has no name"));
  EXPECT_EQ(label_error("walk;;run"), "labels.txt: class 1 has no name; give it one");
  EXPECT_TRUE(contains(label_error("{\"0\": \"walk\""), "starts like JSON and is none"));
  EXPECT_TRUE(contains(label_error("[1, 2]"), "1 is no class name"));
  EXPECT_TRUE(contains(label_error(R"({"x": "walk"})"), "'x' is no class index"));
  EXPECT_EQ(label_error("0,walk\n2,run\n"),
            "labels.txt: has the index 2 where 1 comes next; allowed: each of 0 to 1 once");
  EXPECT_TRUE(contains(label_error(R"({"walk": 0, "run": 0})"), "has the index 0 where 1 comes next"));
}

using LabelFiles = ConfigFiles;

TEST_F(LabelFiles, AreNamedInMessages) {
  EXPECT_EQ(read_labels(write("l.txt", "\xEF\xBB\xBFwalk\nrun\n")), (Names{"walk", "run"}));
  const std::filesystem::path empty = write("empty.txt", "");
  EXPECT_TRUE(contains(error_of([&] { read_labels(empty); }), empty.string() + ": has no class names"));
}

}  // namespace
}  // namespace gerund::deploy
