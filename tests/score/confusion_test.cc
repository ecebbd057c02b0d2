#include "score/confusion.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace gerund::score {
namespace {

/// True class by row: [5 1 0], [2 3 1], [0 0 0].
Confusion example() {
  Confusion confusion(3);
  const int64_t counts[3][3] = {{5, 1, 0}, {2, 3, 1}, {0, 0, 0}};
  for (int64_t row = 0; row < 3; ++row)
    for (int64_t column = 0; column < 3; ++column)
      for (int64_t i = 0; i < counts[row][column]; ++i) confusion.add(row, column);
  return confusion;
}

TEST(Confusion, CountsByTrueAndPredictedClass) {
  const Confusion confusion = example();
  EXPECT_EQ(confusion.count(0, 1), 1);
  EXPECT_EQ(confusion.count(1, 0), 2);
  EXPECT_EQ(confusion.num_samples(), 12);
}

// By hand: 8 of 12 right; recalls 5/6, 3/6 and 0 for the class without samples.
TEST(Confusion, AccuracyAndItsMeanOverClassesWithAbsentOnesAsZero) {
  EXPECT_DOUBLE_EQ(example().accuracy(), 8.0 / 12);
  EXPECT_DOUBLE_EQ(example().class_average_accuracy(), (5.0 / 6 + 3.0 / 6 + 0) / 3);
}

// By hand: class 0 was predicted 7 times, 5 of them right, so precision 5/7, recall 5/6,
// F1 = 2 * (5/7 * 5/6) / (5/7 + 5/6) = 10/13.
TEST(Confusion, FiguresOfAClassAreThoseOfTheTextbook) {
  const ClassFigures figures = example().figures(0);
  EXPECT_EQ(figures.num_samples, 6);
  EXPECT_EQ(figures.num_correct, 5);
  EXPECT_DOUBLE_EQ(figures.recall, 5.0 / 6);
  EXPECT_DOUBLE_EQ(figures.precision, 5.0 / 7);
  EXPECT_DOUBLE_EQ(figures.f1, 10.0 / 13);
}

TEST(Confusion, WhatWouldBeZeroByZeroIsZero) {
  const ClassFigures absent = example().figures(2);
  EXPECT_EQ(absent.recall, 0);
  EXPECT_EQ(absent.precision, 0);
  EXPECT_EQ(absent.f1, 0);
  EXPECT_EQ(Confusion(2).accuracy(), 0);
  EXPECT_EQ(Confusion(2).class_average_accuracy(), 0);
}

TEST(Confusion, ClassesOutOfRangeAreABug) {
  Confusion confusion(2);
  EXPECT_THROW(confusion.add(2, 0), base::InternalError);
  EXPECT_THROW(confusion.add(0, -1), base::InternalError);
}

TEST(TopK, CountsTheClassesThatComeBefore) {
  const std::vector<double> probabilities{0.1, 0.3, 0.3, 0.25, 0.05};
  EXPECT_TRUE(in_top_k(probabilities, 1, 1));
  EXPECT_FALSE(in_top_k(probabilities, 2, 1)) << "of equals the first wins, as in argmax";
  EXPECT_TRUE(in_top_k(probabilities, 2, 2));
  EXPECT_FALSE(in_top_k(probabilities, 0, 3));
  EXPECT_TRUE(in_top_k(probabilities, 0, 4));
  EXPECT_TRUE(in_top_k(probabilities, 4, 5));
}

}  // namespace
}  // namespace gerund::score
