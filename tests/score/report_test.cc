#include "score/report.h"

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "data/drawn_clips.h"

namespace gerund::score {
namespace {

using nlohmann::json;

/// `counts` samples by true class and predicted class.
Evaluation example(const std::vector<std::vector<int>>& counts) {
  Evaluation evaluation;
  evaluation.model = "best.safetensors";
  evaluation.dataset = "test";
  evaluation.labels = {"walk", "ride_bike", "a_very_long_class_name", "run", "jump", "wave"};
  evaluation.labels.resize(counts.size());
  evaluation.confusion = Confusion(static_cast<int64_t>(counts.size()));
  for (size_t row = 0; row < counts.size(); ++row)
    for (size_t column = 0; column < counts.size(); ++column)
      for (int i = 0; i < counts[row][column]; ++i) {
        evaluation.confusion.add(static_cast<int64_t>(row), static_cast<int64_t>(column));
        std::vector<double> probabilities(counts.size(), 0.1234567);
        probabilities[column] = 1 - 0.1234567 * static_cast<double>(counts.size() - 1);
        evaluation.samples.push_back(
            {"clip.avi", 0, static_cast<int64_t>(row), static_cast<int64_t>(column), probabilities});
      }
  evaluation.loss = 0.5;
  return evaluation;
}

// The reference's own format strings, run with python3:
//   a = [[29, 1, 0], [0, 30, 0], [8, 3, 1]]; names as above
//   print("*" * 31); [print("{:<14}{:.4}".format(n, r[i] / sum(r) * 100.0)) for i, (n, r) in enumerate(zip(names, a))]
//   print("*" * 31); print("Total accuracy: {}".format(round(60 / 72 * 100.0, 3)))
//   print("Average class accuracy: {}".format(round((29 / 30 + 1 + 1 / 12) * 100.0 / 3, 3)))
TEST(ReferenceBlock, IsWhatTheReferenceToolkitPrints) {
  EXPECT_EQ(reference_block(example({{29, 1, 0}, {0, 30, 0}, {8, 3, 1}})),
            "*******************************\n"
            "walk          96.67\n"
            "ride_bike     100.0\n"
            "a_very_long_class_name8.333\n"
            "*******************************\n"
            "Total accuracy: 83.333\n"
            "Average class accuracy: 68.333\n");
}

// python3: "{:.4}".format(0.0), "{:.4}".format(50.0), round(25.0, 3), round(100 / 3, 3), round(12.5, 3)
TEST(ReferenceBlock, WholeNumbersKeepAPointAndOneDigit) {
  EXPECT_EQ(reference_block(example({{0, 2}, {1, 1}})),
            "*******************************\n"
            "walk          0.0\n"
            "ride_bike     50.0\n"
            "*******************************\n"
            "Total accuracy: 25.0\n"
            "Average class accuracy: 25.0\n");
}

TEST(ResultsJson, HoldsEveryFigureUnderItsName) {
  Evaluation evaluation = example({{2, 1}, {0, 1}});
  evaluation.broken = {{"bad.avi", "holds no frames"}};
  const json document = json::parse(results_json(evaluation));
  EXPECT_EQ(document["schema"], "gerund.results/1");
  EXPECT_EQ(document["model"], "best.safetensors");
  EXPECT_EQ(document["dataset"], "test");
  EXPECT_EQ(document["view"], "center");
  EXPECT_EQ(document["accuracy"], 0.75);
  EXPECT_DOUBLE_EQ(document["class_average_accuracy"], (2.0 / 3 + 1) / 2);
  EXPECT_EQ(document["top_k"], (json{{"1", 0.75}})) << "five are not there";
  EXPECT_EQ(document["loss"], 0.5);
  EXPECT_EQ(document["labels"], (json{"walk", "ride_bike"}));
  EXPECT_EQ(document["confusion_matrix"], (json{{2, 1}, {0, 1}}));
  EXPECT_EQ(document["per_class"][1]["label"], "ride_bike");
  EXPECT_EQ(document["per_class"][1]["precision"], 0.5);
  EXPECT_EQ(document["per_class"][1]["recall"], 1.0);
  EXPECT_DOUBLE_EQ(document["per_class"][1]["f1"], 2.0 / 3);
  ASSERT_EQ(document["videos"].size(), 4U);
  EXPECT_EQ(document["videos"][2], (json{{"path", "clip.avi"},
                                         {"label", "walk"},
                                         {"prediction", "ride_bike"},
                                         {"probabilities", {0.123457, 0.876543}}}));
  EXPECT_EQ(document["broken"], (json::array({{{"path", "bad.avi"}, {"reason", "holds no frames"}}})));
}

TEST(ResultsJson, HasTheTopFiveWhereThereAreFiveClasses) {
  const std::vector<std::vector<int>> counts(6, std::vector<int>(6, 1));
  Evaluation evaluation = example(counts);
  // By hand: each predicted class once for every true class; behind it the other five are equal and come by index, so
  // the last of the six is class 5, or class 4 where 5 is predicted: 6 of 36 samples are out of the top five.
  const json document = json::parse(results_json(evaluation));
  EXPECT_DOUBLE_EQ(document["top_k"]["1"], 6.0 / 36);
  EXPECT_DOUBLE_EQ(document["top_k"]["5"], 30.0 / 36);
}

TEST(ResultsJson, ListsTheClipsOfViewAllByNumber) {
  Evaluation evaluation = example({{1, 0}, {0, 1}});
  evaluation.view = clip::View::all;
  evaluation.samples[1].clip_index = 7;
  EXPECT_EQ(json::parse(results_json(evaluation))["videos"][1]["clip"], 7);
}

TEST(ResultsJson, APathThatIsNotUtf8DoesNotBreakIt) {
  Evaluation evaluation = example({{1}});
  evaluation.samples[0].path = "caf\xe9.avi";
  EXPECT_NO_THROW(json::parse(results_json(evaluation)));
}

TEST(ConfusionCsv, HasARowPerTrueClassAndQuotesNames) {
  Evaluation evaluation = example({{2, 1}, {0, 1}});
  evaluation.labels[1] = "ride, \"fast\"";
  EXPECT_EQ(confusion_csv(evaluation),
            "true\\predicted,walk,\"ride, \"\"fast\"\"\"\n"
            "walk,2,1\n"
            "\"ride, \"\"fast\"\"\",0,1\n");
}

class Report : public drawn::Folder {};

TEST_F(Report, WritesJsonCsvAndAPicture) {
  const Evaluation evaluation = example({{2, 1}, {0, 1}});
  write_report(folder_ / "evaluate", evaluation);
  EXPECT_EQ(base::read_file(folder_ / "evaluate" / "results.json"), results_json(evaluation));
  EXPECT_EQ(base::read_file(folder_ / "evaluate" / "confusion_matrix.csv"), confusion_csv(evaluation));
  EXPECT_EQ(base::read_file(folder_ / "evaluate" / "confusion_matrix.png").substr(0, 4), "\x89PNG");
  EXPECT_EQ(base::read_file(folder_ / "evaluate" / "report.html").substr(0, 15), "<!DOCTYPE html>");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_ / "evaluate"), {}), 4);
}

}  // namespace
}  // namespace gerund::score
