// ops/scratch.h - memory that operators need while they run.
#pragma once

#include <cstddef>

namespace gerund::ops {

/// What scratch memory is for: one of each may be in use at a time.
enum class Scratch { run, packed };

/// At least `num_bytes`, in whole cache lines, of the calling thread; the same memory at every call, which grows to the
/// most that was asked for.
float* scratch(Scratch use, size_t num_bytes);

}  // namespace gerund::ops
