#include "base/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "base/nearest.h"

namespace gerund::base {
namespace {

TEST(OrderedWorkers, ResultsComeInOrderWhateverTheNumberOfThreads) {
  for (int threads : {0, 1, 2, 7}) {
    OrderedWorkers<int64_t> workers(200, threads, 5, [](int64_t i) { return i * i; });
    for (int64_t i = 0; i < 200; ++i) EXPECT_EQ(workers.next(), i * i);
    EXPECT_EQ(workers.next(), std::nullopt);
  }
}

TEST(OrderedWorkers, NeverRunsFurtherAheadThanAllowed) {
  std::atomic<int64_t> taken{0};
  std::atomic<int64_t> furthest{0};
  OrderedWorkers<int64_t> workers(100, 4, 6, [&](int64_t i) {
    int64_t lead = i - taken;
    int64_t seen = furthest;
    while (lead > seen && !furthest.compare_exchange_weak(seen, lead)) {
    }
    return i;
  });
  while (workers.next()) ++taken;
  EXPECT_LE(furthest, 6 + 1);  // One more: a result handed out but not yet counted by this test.
}

TEST(OrderedWorkers, AnErrorComesOutAtItsPlaceAndTheRestGoesOn) {
  OrderedWorkers<int> workers(3, 2, 3, [](int64_t i) -> int {
    if (i == 1) throw std::runtime_error("one");
    return static_cast<int>(i);
  });
  EXPECT_EQ(workers.next(), 0);
  EXPECT_THROW(workers.next(), std::runtime_error);
  EXPECT_EQ(workers.next(), 2);
}

TEST(OrderedWorkers, CanBeDroppedHalfWay) {
  OrderedWorkers<int> workers(1000, 3, 4, [](int64_t i) { return static_cast<int>(i); });
  EXPECT_EQ(workers.next(), 0);
}

TEST(ParallelFor, DoesEveryIndexOnce) {
  std::vector<std::atomic<int>> counts(500);
  parallel_for(500, 4, [&](int64_t i) { ++counts[static_cast<size_t>(i)]; });
  for (const auto& count : counts) EXPECT_EQ(count, 1);
}

TEST(ParallelFor, RethrowsTheFirstError) {
  EXPECT_THROW(parallel_for(50, 4,
                            [](int64_t i) {
                              if (i == 30) throw std::runtime_error("x");
                            }),
               std::runtime_error);
}

TEST(NearestName, FindsTheTypo) {
  EXPECT_EQ(edit_distance("backbone", "bakcbone"), 1);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(nearest_name("bach_size", {"workers", "batch_size", "scales"}), "batch_size");
  EXPECT_EQ(nearest_name("x", {}), "");
}

}  // namespace
}  // namespace gerund::base
