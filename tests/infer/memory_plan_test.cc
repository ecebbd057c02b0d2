#include "infer/onednn/memory_plan.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace gerund::infer {
namespace {

TEST(MemoryPlan, SharesMemoryBetweenValuesOfDifferentTimes) {
  const MemoryPlan plan = plan_memory({{100, 0, 1}, {50, 1, 2}, {100, 2, 3}});
  EXPECT_EQ(plan.offsets[0], plan.offsets[2]);
  EXPECT_EQ(plan.size, 112 + 64);  // Whole cache lines of 16 floats.
}

TEST(MemoryPlan, NeverLetsValuesOfOneTimeOverlap) {
  base::Random random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> values;
    for (int64_t i = 0; i < 1 + random.below(30); ++i) {
      const int64_t first = random.below(20);
      values.push_back({random.below(1000), first, first + random.below(6)});
    }
    const MemoryPlan plan = plan_memory(values);
    for (size_t a = 0; a < values.size(); ++a) {
      EXPECT_EQ(plan.offsets[a] % 16, 0);
      EXPECT_LE(plan.offsets[a] + values[a].size, plan.size);
      for (size_t b = 0; b < a; ++b) {
        if (values[a].last < values[b].first || values[b].last < values[a].first) continue;
        const bool is_apart =
            plan.offsets[a] + values[a].size <= plan.offsets[b] || plan.offsets[b] + values[b].size <= plan.offsets[a];
        EXPECT_TRUE(is_apart || values[a].size == 0 || values[b].size == 0) << round;
      }
    }
  }
}

}  // namespace
}  // namespace gerund::infer
