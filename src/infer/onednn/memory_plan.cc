#include "infer/onednn/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace gerund::infer {
namespace {

constexpr int64_t kCacheLine = 16;  // Floats.

}  // namespace

MemoryPlan plan_memory(const std::vector<Lifetime>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a].size > values[b].size; });
  MemoryPlan plan;
  plan.offsets.assign(values.size(), 0);
  std::vector<size_t> placed;  // Ascending offsets.
  for (const size_t value : order) {
    const Lifetime& life = values[value];
    const int64_t size = (life.size + kCacheLine - 1) / kCacheLine * kCacheLine;
    int64_t offset = 0;
    for (const size_t other : placed) {
      if (values[other].last < life.first || values[other].first > life.last) continue;
      if (plan.offsets[other] >= offset + size) break;
      offset = std::max(offset, plan.offsets[other] + (values[other].size + kCacheLine - 1) / kCacheLine * kCacheLine);
    }
    plan.offsets[value] = offset;
    plan.size = std::max(plan.size, offset + size);
    const auto behind =
        std::find_if(placed.begin(), placed.end(), [&](size_t other) { return plan.offsets[other] > offset; });
    placed.insert(behind, value);
  }
  return plan;
}

}  // namespace gerund::infer
