#include "infer/softmax.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace gerund::infer {
namespace {

// python3: import torch; torch.softmax(torch.tensor([1., 2., 3.]).double(), 0)
TEST(Softmax, GivesTheProbabilitiesOfPyTorch) {
  const std::vector<float> logits{1, 2, 3};
  const std::vector<double> probabilities = softmax(logits);
  EXPECT_NEAR(probabilities[0], 0.09003057317038046, 1e-15);
  EXPECT_NEAR(probabilities[1], 0.24472847105479764, 1e-15);
  EXPECT_NEAR(probabilities[2], 0.6652409557748218, 1e-15);
}

TEST(Softmax, DoesNotOverflowForLargeLogits) {
  const std::vector<float> logits{10000, 9999, -10000};
  const std::vector<double> probabilities = softmax(logits);
  EXPECT_NEAR(probabilities[0], 1 / (1 + std::exp(-1.0)), 1e-15);
  EXPECT_EQ(probabilities[2], 0);
  EXPECT_NEAR(std::accumulate(probabilities.begin(), probabilities.end(), 0.0), 1, 1e-15);
}

TEST(ClassProbabilities, AreTheSoftmaxOfEachRowOfLogits) {
  const tensor::Tensor logits({2, 2}, std::vector<float>{0, 0, 0, 100});
  const auto rows = class_probabilities(logits, std::vector<std::string>{"a", "b"}, 2, false);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0], (std::vector<double>{0.5, 0.5}));
  EXPECT_NEAR(rows[1][1], 1, 1e-15);
}

TEST(ClassProbabilities, AreTheOutputItselfWhereItIsProbabilities) {
  const tensor::Tensor output({1, 2}, std::vector<float>{0.25, 0.75});
  EXPECT_EQ(class_probabilities(output, std::vector<std::string>{"a"}, 2, true).front(),
            (std::vector<double>{0.25, 0.75}));
}

TEST(ClassProbabilities, OfAnotherShapeOrNotFiniteAreUserErrors) {
  const std::vector<std::string> names{"a.avi", "b.avi"};
  EXPECT_THROW(class_probabilities(tensor::Tensor({2, 3}), names, 2, false), base::UserError);
  EXPECT_THROW(class_probabilities(tensor::Tensor({1, 2}), names, 2, false), base::UserError);
  const tensor::Tensor wild({2, 2}, std::vector<float>{0, 0, 0, std::numeric_limits<float>::infinity()});
  try {
    class_probabilities(wild, names, 2, false);
    FAIL();
  } catch (const base::UserError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("b.avi: ")) << error.what();
  }
}

TEST(Argmax, IsTheFirstOfEquals) {
  EXPECT_EQ(argmax(std::vector<double>{0.1, 0.4, 0.4, 0.1}), 1);
  EXPECT_EQ(argmax(std::vector<double>{1.0}), 0);
}

TEST(TopClasses, AreTheLargestAndOfEqualsTheFirst) {
  const std::vector<double> values{0.1, 0.4, 0.05, 0.4, 0.05};
  EXPECT_EQ(top_classes(values, 3), (std::vector<size_t>{1, 3, 0}));
  EXPECT_EQ(top_classes(values, 9), (std::vector<size_t>{1, 3, 0, 2, 4}));
  EXPECT_TRUE(top_classes(values, 0).empty());
}

// python3: torch.nn.functional.cross_entropy(torch.tensor([[1., 2., 3.]]).double(), torch.tensor([0]))
TEST(CrossEntropy, GivesTheLossOfPyTorch) {
  EXPECT_NEAR(cross_entropy(softmax(std::vector<float>{1, 2, 3}), 0), 2.4076059644443806, 1e-14);
}

TEST(CrossEntropy, StaysFiniteForAProbabilityOfZero) {
  const double loss = cross_entropy(std::vector<double>{1, 0}, 1);
  EXPECT_GT(loss, 700);
  EXPECT_TRUE(std::isfinite(loss));
}

}  // namespace
}  // namespace gerund::infer
