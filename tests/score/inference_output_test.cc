#include "score/inference_output.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace gerund::score {
namespace {

using nlohmann::json;

/// Two clips of one video, one of another.
Inference example() {
  Inference inference;
  inference.model = "model.onnx";
  inference.view = clip::View::conv;
  inference.labels = {"walk", "ride_bike"};
  inference.items = {{"set/a.avi", "", 0, 9}, {"set/broken.avi", "", 0, 9}, {"set/b, c.avi", "", 0, 9}};
  inference.classified.clips = {{0, {0.75, 0.25}}, {0, {0.125, 0.875}}, {2, {0.9, 0.1}}};
  inference.classified.broken = {{"set/broken.avi", "cut short"}};
  return inference;
}

TEST(InferenceLines, AreThoseOfTheReferenceWithOneLabelPerClip) {
  EXPECT_EQ(inference_lines(example()),
            "set/a.avi : ['walk', 'ride_bike']\n"
            "set/b, c.avi : ['walk']\n");
}

// python3: print("{} : {}".format("v", ["it's", 'a"b', "back\\slash", "it's \"x\""]))
TEST(InferenceLines, QuoteLabelsAsPythonDoes) {
  Inference inference;
  inference.labels = {"it's", "a\"b", "back\\slash", "it's \"x\""};
  inference.items = {{"v", "", 0, 1}};
  for (size_t k = 0; k < 4; ++k) {
    std::vector<double> probabilities(4);
    probabilities[k] = 1;
    inference.classified.clips.push_back({0, probabilities});
  }
  EXPECT_EQ(inference_lines(inference), R"(v : ["it's", 'a"b', 'back\\slash', 'it\'s "x"'])"
                                        "\n");
}

TEST(InferenceLines, AreOnePerVideoWhateverItsName) {
  Inference inference;
  inference.labels = {"two\nlines"};
  inference.items = {{"clips/a\nb\t\x1b[31m.avi", "", 0, 1}};
  inference.classified.clips.push_back({0, {1.0}});
  EXPECT_EQ(inference_lines(inference), R"(clips/a\nb\t\x1b[31m.avi : ['two\nlines'])"
                                        "\n");
}

TEST(InferenceJson, GivesTheAverageOfAVideoAndEachClip) {
  const json document = json::parse(inference_json(example()));
  EXPECT_EQ(document["schema"], "gerund.inference/1");
  EXPECT_EQ(document["model"], "model.onnx");
  EXPECT_EQ(document["view"], "conv");
  EXPECT_EQ(document["labels"], (json{"walk", "ride_bike"}));
  ASSERT_EQ(document["videos"].size(), 2U);
  const json& video = document["videos"][0];
  EXPECT_EQ(video["path"], "set/a.avi");
  EXPECT_EQ(video["label"], "ride_bike") << "mean of 0.75 and 0.125 is 0.4375";
  EXPECT_EQ(video["score"], 0.5625);
  EXPECT_EQ(video["probabilities"], (json{0.4375, 0.5625}));
  EXPECT_EQ(video["clips"][0], (json{{"label", "walk"}, {"score", 0.75}, {"probabilities", {0.75, 0.25}}}));
  EXPECT_EQ(video["clips"].size(), 2U);
  EXPECT_EQ(document["broken"][0]["reason"], "cut short");
}

TEST(InferenceCsv, HasARowPerClip) {
  EXPECT_EQ(inference_csv(example()),
            "path,clip,label,score,walk,ride_bike\n"
            "set/a.avi,0,walk,0.750000,0.750000,0.250000\n"
            "set/a.avi,1,ride_bike,0.875000,0.125000,0.875000\n"
            "\"set/b, c.avi\",0,walk,0.900000,0.900000,0.100000\n");
}

}  // namespace
}  // namespace gerund::score
