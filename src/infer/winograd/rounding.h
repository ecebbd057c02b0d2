// infer/winograd/rounding.h - whole numbers divided and rounded.
#pragma once

#include <cstdint>

namespace gerund::infer {

/// a / b rounded up; a of 0 and more, b above 0.
constexpr int64_t divide_up(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

/// a / b rounded down, for negative a too.
constexpr int64_t divide_down(int64_t a, int64_t b) {
  return a >= 0 ? a / b : -divide_up(-a, b);
}

constexpr int64_t round_up(int64_t a, int64_t multiple) {
  return divide_up(a, multiple) * multiple;
}

/// Floats in whole cache lines, an odd number of them: rows that lie a power of two apart would crowd into few sets of
/// a cache.
constexpr int64_t odd_lines(int64_t floats) {
  constexpr int64_t kCacheLine = 16;
  return (divide_up(floats, kCacheLine) | 1) * kCacheLine;
}

}  // namespace gerund::infer
