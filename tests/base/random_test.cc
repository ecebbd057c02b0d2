#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gerund::base {
namespace {

// Reference values of SplitMix64 for seed 1234567, as published with the algorithm (Vigna's splitmix64.c).
TEST(Random, GivesThePublishedSequence) {
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317ULL);
  EXPECT_EQ(random.next(), 3203168211198807973ULL);
  EXPECT_EQ(random.next(), 9817491932198370423ULL);
}

TEST(Random, KeysDecideTheSequenceAndTheirOrderMatters) {
  EXPECT_EQ(Random::keyed({1, 2}).next(), Random::keyed({1, 2}).next());
  EXPECT_NE(Random::keyed({1, 2}).next(), Random::keyed({2, 1}).next());
}

TEST(Random, BelowCoversItsRangeEvenly) {
  Random random(5);
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts.at(static_cast<size_t>(random.below(7)));
  for (int count : counts) EXPECT_NEAR(count, 10000, 500);
}

TEST(Random, NormalHasMeanZeroAndVarianceOne) {
  Random random(9);
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < 100000; ++i) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / 100000, 0, 0.02);
  EXPECT_NEAR(squares / 100000, 1, 0.02);
}

TEST(Random, PermutationHoldsEveryIndexOnce) {
  Random random(3);
  auto order = random.permutation(100);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (int64_t i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
}

}  // namespace
}  // namespace gerund::base
