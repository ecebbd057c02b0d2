#include "score/evaluation_page.h"

#include <gtest/gtest.h>

#include "data/drawn_clips.h"
#include "score/page_reader.h"
#include "small_videos.h"

namespace gerund::score {
namespace {

SampleResult sample(const std::filesystem::path& path, int64_t label, std::vector<double> probabilities) {
  const auto best = std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin();
  return {path, 0, label, best, std::move(probabilities)};
}

class EvaluationPage : public drawn::Folder {
 protected:
  // Three clips of class 0, of which one is taken for class 1; one of class 1.
  Evaluation example() const {
    Evaluation evaluation;
    evaluation.model = "results/my run/best.safetensors";
    evaluation.dataset = "clips/test";
    evaluation.labels = {"wave", "<b>&\"walk'"};
    evaluation.confusion = Confusion(2);
    evaluation.samples = {sample(folder_ / "wave" / "sure.avi", 0, {0.9, 0.1}),
                          sample(folder_ / "wave" / "wrong.avi", 0, {0.25, 0.75}),
                          sample(folder_ / "wave" / "just.avi", 0, {0.6, 0.4}),
                          sample(folder_ / "walk" / "<i>missing.avi", 1, {0.3, 0.7})};
    for (const SampleResult& one : evaluation.samples) evaluation.confusion.add(one.label, one.prediction);
    evaluation.loss = 0.5;
    return evaluation;
  }

  ClipPictures pictures_;
};

TEST_F(EvaluationPage, TheWorstClipsAreThoseWhoseTrueClassGotLeast) {
  EXPECT_EQ(worst_samples(example(), 3), (std::vector<size_t>{1, 2, 3}));
  EXPECT_EQ(worst_samples(example(), 99).size(), 4U);
}

TEST_F(EvaluationPage, IsWellFormedLoadsNothingAndEscapesNames) {
  const PageReader page(evaluation_page(example(), pictures_));
  EXPECT_EQ(outside_reference(page), "");
  EXPECT_TRUE(page.all("i").size() == 6) << "only the bars of shares: two classes, three figures";
  EXPECT_EQ(page.texts("p", "sentence").at(0), "3 of 4 clips were named rightly: 75.0 %.");
}

// By hand: wave 3 clips, precision 2/2, recall 2/3, F1 0.8; walk 1 clip, precision 1/2, recall 1, F1 2/3.
TEST_F(EvaluationPage, HasTheFiguresOfEachClass) {
  const PageReader page("<!DOCTYPE html>\n" + class_table_html(example()));
  EXPECT_EQ(page.texts("td"), (std::vector<std::string>{"3", "100.0", "66.7", "80.0", "1", "50.0", "100.0", "66.7"}));
  EXPECT_EQ(page.texts("th").back(), "<b>&\"walk'");
}

TEST_F(EvaluationPage, ShadesTheConfusionMatrixByTheShareOfTheRow) {
  const PageReader page("<!DOCTYPE html>\n" + confusion_table_html(example()));
  EXPECT_EQ(page.texts("td"), (std::vector<std::string>{"2", "1", "0", "1"}));
  EXPECT_EQ(page.all("td", "misscell").at(0).attributes.at("title"), "wave taken for <b>&\"walk': 1 of 3 (33.3 %)");
  EXPECT_EQ(page.all("td", "hitcell").at(1).attributes.at("style"), "--s:1.00");
  EXPECT_EQ(page.all("td", "zero").size(), 1U);
}

TEST_F(EvaluationPage, ShowsTheClipsThatDecodeAndSaysOfTheOthers) {
  testing_data::write_moving_square(folder_ / "wave" / "wrong.avi", 1, 3);
  testing_data::write_moving_square(folder_ / "wave" / "just.avi", 1, 3, 2);
  const PageReader page("<!DOCTYPE html>\n<main>" + worst_clips_html(example(), pictures_) + "</main>");
  const auto images = page.all("img");
  ASSERT_EQ(images.size(), 2U);
  EXPECT_TRUE(images[0].attributes.at("src").starts_with("data:image/jpeg;base64,/9j/"));
  EXPECT_EQ(page.all("div", "nopicture").size(), 2U);
  EXPECT_EQ(page.texts("div", "clip").at(0), "is wave (25.0 %), taken for <b>&\"walk' (75.0 %)wave/wrong.avi");
  EXPECT_EQ(page.all("span", "wrong").size(), 1U);
  EXPECT_EQ(page.all("span", "right").size(), 3U);
  EXPECT_NE(page.texts("div", "clip").at(1).find(", rightly, at "), std::string::npos);
}

TEST_F(EvaluationPage, CommandsNameRealPathsQuoted) {
  const auto commands = PageReader(evaluation_page(example(), pictures_)).texts("pre");
  EXPECT_EQ(commands.at(0),
            "gerund evaluate 'results/my run/best.safetensors' clips/test evaluate.video_eval_mode=center");
  EXPECT_EQ(commands.at(1), "gerund export 'results/my run/best.safetensors' 'results/my run/best.onnx'");
}

}  // namespace
}  // namespace gerund::score
