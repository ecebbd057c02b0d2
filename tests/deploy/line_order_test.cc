#include "deploy/line_order.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace gerund::deploy {
namespace {

using Texts = std::vector<std::string>;

class LineOrderTest : public testing::Test {
 protected:
  LineOrder order(size_t num_sources) {
    return LineOrder(num_sources, [this](std::string line) { given_.push_back(std::move(line)); });
  }
  Texts taken() { return std::exchange(given_, {}); }

  Texts given_;
};

TEST_F(LineOrderTest, LinesOfOneSourceGoOnAtOnce) {
  LineOrder lines = order(1);
  lines.begin(0, "started");
  EXPECT_EQ(taken(), Texts{"started"});
  lines.advance(0, 2);
  lines.add(0, "a");
  lines.add(0, "b");
  EXPECT_EQ(taken(), (Texts{"a", "b"}));
  lines.add(0, "ended");
  lines.end(0);
  EXPECT_EQ(taken(), Texts{"ended"});
}

TEST_F(LineOrderTest, ALineWaitsUntilNoEarlierOneCanCome) {
  LineOrder lines = order(2);
  lines.begin(1, "1 started");
  lines.advance(1, 3);
  lines.add(1, "1 at 3");
  EXPECT_TRUE(taken().empty());
  lines.begin(0, "0 started");
  EXPECT_EQ(taken(), Texts{"0 started"});
  lines.advance(0, 3);
  EXPECT_EQ(taken(), Texts{"1 started"});  // Source 0 may still say something at 3, and has the lower number.
  lines.add(0, "0 at 3");
  lines.advance(0, 3.5);
  EXPECT_EQ(taken(), (Texts{"0 at 3", "1 at 3"}));
}

TEST_F(LineOrderTest, NobodyWaitsForASourceThatIsOver) {
  LineOrder lines = order(3);
  lines.begin(1, "1 started");
  lines.advance(1, 8);
  lines.add(1, "1 at 8");
  lines.add(0, "0 failed");  // It never began.
  lines.end(0);
  EXPECT_EQ(taken(), (Texts{"0 failed", "1 started"}));
  lines.end(2);
  EXPECT_EQ(taken(), Texts{"1 at 8"});
}

TEST_F(LineOrderTest, WhatASourceSaysComesBehindItsBeginning) {
  LineOrder lines = order(1);
  lines.advance(0, 1);
  lines.add(0, "at 1");
  EXPECT_TRUE(taken().empty());
  lines.begin(0, "started");
  EXPECT_EQ(taken(), (Texts{"started", "at 1"}));
}

TEST_F(LineOrderTest, TimesThatGoBackChangeNoOrder) {
  LineOrder lines = order(2);
  lines.begin(0, "0 started");
  lines.begin(1, "1 started");
  lines.advance(0, 5);
  lines.advance(0, 4);
  lines.add(0, "0 after 5");
  taken();
  lines.advance(1, 4.5);
  EXPECT_TRUE(taken().empty());
  lines.advance(1, 5.5);
  EXPECT_EQ(taken(), Texts{"0 after 5"});
}

// Each source does the same things each time; which of them is faster changes.
TEST_F(LineOrderTest, IsTheSameForEverySpeed) {
  constexpr size_t kSources = 4;
  Texts expected;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    LineOrder lines = order(kSources);
    base::Random random(seed);
    std::array<int, kSources> steps{};
    size_t num_over = 0;
    while (num_over < kSources) {
      const auto source = static_cast<size_t>(random.below(kSources));
      const int last = 10 + 5 * static_cast<int>(source), step = steps.at(source)++;
      const std::string name = std::to_string(source) + ":" + std::to_string(step);
      if (step > last) continue;
      if (step == 0) lines.begin(source, name);
      lines.advance(source, step / 2 * 0.25 * static_cast<double>(source + 1));
      if ((step + static_cast<int>(source)) % 3 == 0) lines.add(source, name + "!");
      if (step < last) continue;
      lines.add(source, name + " ended");
      lines.end(source);
      ++num_over;
    }
    if (seed == 0) expected = given_;
    ASSERT_EQ(taken(), expected) << seed;
  }
  EXPECT_GT(expected.size(), 30U);
}

}  // namespace
}  // namespace gerund::deploy
