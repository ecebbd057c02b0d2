#include "draw/confusion_chart.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "draw/palette.h"
#include "draw/pixel_set.h"

namespace gerund::draw {
namespace {

constexpr Color kWholeRow{18, 66, 118};  // The legend's right end: all of a row.

tensor::Frame draw_two(const std::vector<int64_t>& counts) {
  const std::vector<std::string> labels{"a", "b"};
  return draw_confusion_matrix(labels, counts, "Title");
}

// The cells that are a whole row's, without the few legend pixels of that colour.
PixelSet whole_cells(const tensor::Frame& frame) {
  return find_pixels(
      frame, [&](int x, int y) { return distance(pixel_at(frame, x, y), kWholeRow) == 0 && y < frame.height - 75; });
}

TEST(ConfusionChart, RowsAreTruthAndColumnsPredictions) {
  const PixelSet right = whole_cells(draw_two({4, 0, 0, 6}));
  const PixelSet always_b = whole_cells(draw_two({0, 4, 0, 6}));
  const PixelSet only_a = whole_cells(draw_two({4, 0, 0, 0}));
  const PixelSet only_a_as_b = whole_cells(draw_two({0, 4, 0, 0}));
  EXPECT_GT(right.right - right.left, 100) << "both columns";
  EXPECT_GT(right.bottom - right.top, 100) << "both rows";
  EXPECT_LT(always_b.right - always_b.left, 100) << "one column";
  EXPECT_GT(always_b.bottom - always_b.top, 100) << "both rows";
  EXPECT_LT(only_a.mean_x + 80, only_a_as_b.mean_x) << "a prediction of b stands to the right";
  EXPECT_NEAR(only_a.mean_y, only_a_as_b.mean_y, 1) << "in the same row";
  EXPECT_LT(only_a.mean_y + 80, whole_cells(draw_two({0, 0, 4, 0})).mean_y) << "the truth b stands below";
}

// The colours that fill most of the picture beside the paper, and where they are.
std::vector<PixelSet> common_colors(const tensor::Frame& frame, size_t count) {
  std::map<std::tuple<int, int, int>, int> histogram;
  for (int y = 0; y < frame.height; ++y)
    for (int x = 0; x < frame.width; ++x) {
      const Color color = pixel_at(frame, x, y);
      ++histogram[{color.r, color.g, color.b}];
    }
  histogram.erase({kPaper.r, kPaper.g, kPaper.b});
  std::vector<std::pair<int, Color>> order;
  for (const auto& [color, pixels] : histogram)
    order.push_back({pixels, Color{static_cast<uint8_t>(std::get<0>(color)), static_cast<uint8_t>(std::get<1>(color)),
                                   static_cast<uint8_t>(std::get<2>(color))}});
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<PixelSet> sets;
  for (size_t i = 0; i < count; ++i) sets.push_back(pixels_like(frame, order[i].second));
  return sets;
}

TEST(ConfusionChart, ColorIsTheShareOfTheRowNotTheCount) {
  for (const PixelSet& color : common_colors(draw_two({1, 3, 100, 300}), 2)) {
    EXPECT_GT(color.bottom - color.top, 100) << "the same colour in both rows";
    EXPECT_LT(color.right - color.left, 100) << "and in one column";
  }
}

TEST(ConfusionChart, TextAndCellsStayInsideTheMarginsForAnyNumberOfClasses) {
  for (const size_t num_classes : {1, 2, 3, 10, 51, 60}) {
    std::vector<std::string> labels;
    std::vector<int64_t> counts(num_classes * num_classes);
    for (size_t i = 0; i < num_classes; ++i) labels.push_back("a_class_with_a_very_long_name_" + std::to_string(i));
    for (size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<int64_t>(i) * 1234;
    const tensor::Frame frame =
        draw_confusion_matrix(labels, counts, "A title that is longer than three columns of cells are wide");
    const PixelSet drawn = pixels_unlike(frame, kPaper);
    EXPECT_GE(drawn.left, 12) << num_classes;
    EXPECT_GE(drawn.top, 12) << num_classes;
    EXPECT_LE(drawn.right, frame.width - 12) << num_classes;
    EXPECT_LE(drawn.bottom, frame.height - 6) << num_classes;
    EXPECT_LE(frame.width, 1400) << num_classes;
  }
}

TEST(ConfusionChart, SizesThatDoNotFitAreOurOwnBug) {
  const std::vector<std::string> labels{"a", "b"};
  const std::vector<int64_t> three{1, 2, 3};
  EXPECT_THROW(draw_confusion_matrix(labels, three, ""), base::InternalError);
  EXPECT_THROW(draw_confusion_matrix({}, {}, ""), base::InternalError);
}

}  // namespace
}  // namespace gerund::draw
