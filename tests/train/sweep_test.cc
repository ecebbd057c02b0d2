#include "train/sweep.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace gerund::train {
namespace {

std::string complaint(const std::vector<std::string>& texts) {
  try {
    std::vector<GridAxis> axes;
    for (const std::string& text : texts) axes.push_back(parse_axis(text));
    make_grid(axes);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

GridResult result_of(const std::string& value, std::optional<double> val_accuracy, double val_loss) {
  GridResult result{{"lr=" + value, {"train.optim.lr=" + value}}, std::nullopt, 90, "", "runs/" + value};
  if (!val_accuracy) {
    result.failure = "the loss is not a number, said \"nan\"";
    return result;
  }
  result.best.emplace();
  result.best->epoch = 4;
  result.best->val_accuracy = val_accuracy;
  result.best->val_loss = val_loss;
  result.best->train_loss = 0.25;
  result.best->clips_per_second = 12.5;
  return result;
}

TEST(GridAxis, IsAKeyAndItsValues) {
  EXPECT_EQ(parse_axis("a.b=1,2"), (GridAxis{"a.b", {"1", "2"}}));
  EXPECT_EQ(parse_axis("a=[1,2],[3],{x: 1,y: 2}"), (GridAxis{"a", {"[1,2]", "[3]", "{x: 1,y: 2}"}}));
  EXPECT_EQ(parse_axis("a='x,y',\"z]\",w"), (GridAxis{"a", {"'x,y'", "\"z]\"", "w"}}));
  EXPECT_EQ(parse_axis("a=b=c"), (GridAxis{"a", {"b=c"}}));
}

TEST(GridAxis, ThatIsNoneIsNamed) {
  EXPECT_NE(complaint({"lr"}).find("'lr': has no key"), std::string::npos);
  EXPECT_NE(complaint({"=1"}).find("has no key"), std::string::npos);
  EXPECT_NE(complaint({"lr="}).find("has an empty value"), std::string::npos);
  EXPECT_NE(complaint({"lr=1,,2"}).find("has an empty value"), std::string::npos);
  EXPECT_NE(complaint({"lr=1,1"}).find("has a value twice"), std::string::npos);
}

TEST(Grid, IsAllCombinationsTheLastKeyChangingFirst) {
  const std::vector<GridPoint> points = make_grid(
      std::vector{GridAxis{"model.rgb_seq_length", {"8", "16"}}, GridAxis{"train.optim.lr", {"0.1", "0.2", "0.3"}}});
  ASSERT_EQ(points.size(), 6U);
  EXPECT_EQ(points[0].name, "rgb_seq_length=8,lr=0.1");
  EXPECT_EQ(points[1].overrides, (std::vector<std::string>{"model.rgb_seq_length=8", "train.optim.lr=0.2"}));
  EXPECT_EQ(points[5].name, "rgb_seq_length=16,lr=0.3");
}

TEST(Grid, NamesFoldersThatCanBe) {
  EXPECT_EQ(make_grid(std::vector{GridAxis{"a.path", {"x/../y z"}}})[0].name, "path=x_.._y_z");
  const auto points = make_grid(std::vector{GridAxis{"a.lr", {"1"}}, GridAxis{"b.lr", {"2"}}});
  EXPECT_EQ(points[0].name, "a.lr=1,b.lr=2");
  EXPECT_NE(complaint({"p=a/b,a b"}).find("would both write into p=a_b"), std::string::npos);
  EXPECT_NE(complaint({"lr=1", "lr=2"}).find("lr is given twice"), std::string::npos);
  EXPECT_NE(complaint({}).find("--grid: is not given"), std::string::npos);
}

TEST(GridResults, ComeBestFirstByTheMetricAndFailedOnesLast) {
  const std::vector<GridResult> given{result_of("bad", std::nullopt, 0), result_of("low", 0.5, 0.4),
                                      result_of("high", 0.9, 0.6)};
  std::vector<GridResult> results = given;
  sort_by(results, "val_accuracy");
  EXPECT_EQ(results[0].point.name, "lr=high");
  EXPECT_EQ(results[2].point.name, "lr=bad");
  results = given;
  sort_by(results, "val_loss");
  EXPECT_EQ(results[0].point.name, "lr=low");
}

TEST(GridResults, AreATableAndCsv) {
  const std::vector<GridAxis> axes{{"train.optim.lr", {"0.01", "9"}}};
  const std::vector<GridResult> results{result_of("0.01", 0.9, 0.625), result_of("9", std::nullopt, 0)};
  EXPECT_EQ(grid_table(axes, results),
            "lr    val acc %  class acc %  val loss  train loss  epoch  clips/s  minutes\n"
            "0.01  90.0       -            0.6250    0.2500      5      12.5     1.5\n"
            "9  failed: the loss is not a number, said \"nan\"\n");
  EXPECT_EQ(grid_csv(axes, results),
            "train.optim.lr,val_accuracy,val_class_accuracy,val_loss,train_loss,train_accuracy,epoch,clips_per_second,"
            "seconds,checkpoint,failure\n"
            "0.01,0.9,,0.625,0.25,0,5,12.5,90,runs/0.01,\n"
            "9,,,,,,,,,,\"the loss is not a number, said \"\"nan\"\"\"\n");
}

}  // namespace
}  // namespace gerund::train
