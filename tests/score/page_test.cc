#include "score/page.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "score/line_chart.h"
#include "score/page_reader.h"

namespace gerund::score {
namespace {

TEST(EscapeHtml, LeavesNothingThatMeansSomething) {
  EXPECT_EQ(escape_html("<b>&\"'"), "&lt;b&gt;&amp;&quot;&#39;");
  EXPECT_EQ(escape_html("gähnen 走る 🏃"), "gähnen 走る 🏃");
}

// Byte strings that are not UTF-8 (Unicode 15, table 3-7), and characters that pages must not hold.
TEST(EscapeHtml, ReplacesWhatIsNoCharacter) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(escape_html("caf\xe9!"), "caf" + mark + "!") << "Latin-1";
  EXPECT_EQ(escape_html("\xc0\xaf"), mark + mark) << "overlong";
  EXPECT_EQ(escape_html("\xe0\x80\xaf"), mark + mark + mark) << "overlong";
  EXPECT_EQ(escape_html("\xed\xa0\x80"), mark + mark + mark) << "half a surrogate pair";
  EXPECT_EQ(escape_html("\xf5\x80\x80\x80"), mark + mark + mark + mark) << "above U+10FFFF";
  EXPECT_EQ(escape_html("\xe8\xb5"), mark + mark) << "cut short";
  EXPECT_EQ(escape_html(std::string("a\0b\x1b", 4)), "a" + mark + "b" + mark);
}

TEST(ShellWord, QuotesWhatAShellWouldTakeApart) {
  EXPECT_EQ(shell_word("results/train/ar_model_epoch=1-val_loss=0.5.safetensors"),
            "results/train/ar_model_epoch=1-val_loss=0.5.safetensors");
  EXPECT_EQ(shell_word("my clips/it's"), "'my clips/it'\\''s'");
  EXPECT_EQ(shell_word("$(rm x)"), "'$(rm x)'");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(Page, IsWellFormedWhateverItIsGiven) {
  const std::string hostile = "</title><script>alert(1)</script>&\"'\xff";
  const PageReader page(page_html(hostile, hostile, "good",
                                  tiles_html({{hostile, hostile}}) + facts_html({{hostile, hostile}}) +
                                      section_html(hostile, commands_html({{hostile, hostile}}))));
  EXPECT_EQ(outside_reference(page), "");
  EXPECT_EQ(page.texts("h1").at(0), "</title><script>alert(1)</script>&\"'\xEF\xBF\xBD");
  EXPECT_EQ(section_html("Empty", ""), "");
}

// By hand: about four ticks below each top.
TEST(TickStep, IsOneTwoOrFiveTimesAPowerOfTen) {
  EXPECT_DOUBLE_EQ(tick_step(100, 4), 50);
  EXPECT_DOUBLE_EQ(tick_step(8, 4), 2);
  EXPECT_DOUBLE_EQ(tick_step(4, 4), 1);
  EXPECT_DOUBLE_EQ(tick_step(0.003, 4), 0.001);
  EXPECT_DOUBLE_EQ(tick_step(1e6, 4), 500000);
}

LineChart chart() {
  LineChart made;
  made.title = "Loss <&>";
  made.curves = {{"training", "train", {4.0, 2.0, 1.0}}, {"validation", "val", {3.0, std::nullopt, 2.0}}};
  made.num_epochs = 5;
  made.marked_epoch = 2;
  return made;
}

// By hand: x goes from 52 to 448 in four equal parts for five epochs, y from 194 (0) to 12 (the top, 4).
TEST(LineChart, PutsValuesWhereTheyBelong) {
  const PageReader page("<!DOCTYPE html>\n" + draw_line_chart(chart()));
  const auto lines = page.all("polyline");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].attributes.at("points"), "52.0,12.0 151.0,103.0 250.0,148.5 ");
  EXPECT_EQ(lines[1].attributes.at("points"), "52.0,57.5 250.0,103.0 ");
  EXPECT_EQ(page.texts("title").at(0), "epoch 1\ntraining: 4\nvalidation: 3");
  EXPECT_EQ(page.texts("title").at(1), "epoch 2\ntraining: 2");
  EXPECT_EQ(page.all("line", "mark").at(0).attributes.at("x1"), "250.0");
  EXPECT_EQ(page.texts("span", "key"), (std::vector<std::string>{"training", "validation"}));
  EXPECT_EQ(page.texts("text", "tick"),
            (std::vector<std::string>{"0", "1", "2", "3", "4", "1", "2", "3", "4", "5", "best"}));
}

TEST(LineChart, TakesSharesAsPercentUpToTheTopGiven) {
  LineChart shares = chart();
  shares.curves = {{"training", "train", {0.5}}};
  shares.scale = 100;
  shares.unit = " %";
  shares.top = 100;
  const PageReader page("<!DOCTYPE html>\n" + draw_line_chart(shares));
  EXPECT_EQ(page.all("polyline").at(0).attributes.at("points"), "52.0,103.0 ");
  EXPECT_EQ(page.texts("title").at(0), "epoch 1\ntraining: 50 %");
}

TEST(LineChart, DrawsOneEpochEqualAndEndlessValues) {
  LineChart odd = chart();
  odd.num_epochs = 1;
  odd.marked_epoch = 0;
  for (const double value : {0.0, 1e300, 1e-300, std::numeric_limits<double>::infinity(), std::nan("")}) {
    odd.curves = {{"training", "train", {value}}};
    const PageReader page("<!DOCTYPE html>\n" + draw_line_chart(odd));
    for (const auto& line : page.all("polyline")) {
      EXPECT_EQ(line.attributes.at("points").find("nan"), std::string::npos) << value;
      EXPECT_EQ(line.attributes.at("points").find("inf"), std::string::npos) << value;
    }
  }
}

}  // namespace
}  // namespace gerund::score
