// base/random.h - random numbers that are the same on every machine.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace gerund::base {

/// SplitMix64 (Steele, Lea, Flood 2014). The standard library's distributions differ between implementations; these do
/// not.
///
/// Threads: none; use one Random per thread, keyed by what it decides.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  /// A generator that depends on all of `keys`, e.g. {seed, epoch, clip_index}: order of use does not matter.
  static Random keyed(std::initializer_list<uint64_t> keys);

  /// Uniform over all 64-bit values.
  uint64_t next();
  /// Uniform in [0, 1).
  double uniform();
  /// Uniform in [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform in [0, count). `count` must be positive.
  int64_t below(int64_t count);
  /// Standard normal (Box-Muller).
  double normal();
  /// True with the given probability, 0..1.
  bool chance(double probability) { return uniform() < probability; }

  /// A random order of [0, count) (Fisher-Yates).
  std::vector<int64_t> permutation(int64_t count);

 private:
  uint64_t state_;
};

}  // namespace gerund::base
