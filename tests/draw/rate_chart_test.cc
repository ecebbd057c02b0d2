#include "draw/rate_chart.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "draw/palette.h"

namespace gerund::draw {
namespace {

RateChart chart_of(std::optional<double> advised) {
  RateChart chart{"A title", {}, advised};
  for (int i = 0; i <= 40; ++i) {
    const double power = -4 + 0.1 * i;
    const double loss = 2 + std::tanh((power + 1) * 2) - (power + 4) * 0.2;
    chart.points.push_back({std::pow(10.0, power), loss, loss});
  }
  return chart;
}

/// Columns of the picture where a pixel is clearly red.
std::vector<int> red_columns(const tensor::Frame& frame) {
  std::vector<int> columns;
  for (int x = 0; x < frame.width; ++x) {
    int count = 0;
    for (int y = 0; y < frame.height; ++y) {
      const uint8_t* pixel = frame.row(y) + 3 * static_cast<ptrdiff_t>(x);
      count += pixel[0] > 150 && pixel[1] < 90 && pixel[2] < 90 ? 1 : 0;
    }
    if (count > frame.height / 2) columns.push_back(x);
  }
  return columns;
}

TEST(RateChart, MarksTheAdviceWhereItsRateLies) {
  // Rates from 1e-4 to 1 over the plot from 78 to 960 - 28: 1e-2 is in the middle.
  const std::vector<int> columns = red_columns(draw_rate_chart(chart_of(1e-2)));
  ASSERT_FALSE(columns.empty());
  EXPECT_NEAR((columns.front() + columns.back()) / 2.0, 78 + (960 - 28 - 78) / 2.0, 2);
  EXPECT_TRUE(red_columns(draw_rate_chart(chart_of(std::nullopt))).empty());
}

TEST(RateChart, HasASizeAndNeedsTwoPoints) {
  const tensor::Frame frame = draw_rate_chart(chart_of(1e-2), 640, 400);
  EXPECT_EQ(frame.width, 640);
  EXPECT_EQ(frame.height, 400);
  RateChart short_chart = chart_of(std::nullopt);
  short_chart.points.resize(1);
  EXPECT_THROW(draw_rate_chart(short_chart), base::InternalError);
}

}  // namespace
}  // namespace gerund::draw
