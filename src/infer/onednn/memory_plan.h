// infer/onednn/memory_plan.h - where values lie in one piece of memory, so that those never needed together share it.
#pragma once

#include <cstdint>
#include <vector>

namespace gerund::infer {

/// A value that is needed from step `first` to step `last`, both included.
struct Lifetime {
  int64_t size = 0;  ///< Floats.
  int64_t first = 0;
  int64_t last = 0;
};

struct MemoryPlan {
  std::vector<int64_t> offsets;  ///< Floats, by value; each a whole number of cache lines.
  int64_t size = 0;              ///< Floats in all.
};

/// Places the largest first, each at the lowest place that is free during its life.
MemoryPlan plan_memory(const std::vector<Lifetime>& values);

}  // namespace gerund::infer
