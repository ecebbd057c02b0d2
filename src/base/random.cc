#include "base/random.h"

#include <cmath>
#include <numbers>
#include <numeric>

namespace gerund::base {

Random Random::keyed(std::initializer_list<uint64_t> keys) {
  Random random(0x9e3779b97f4a7c15ULL);
  for (uint64_t key : keys) {
    random.state_ ^= key * 0xd1342543de82ef95ULL + 0x2545f4914f6cdd1dULL;
    random.state_ = random.next();
  }
  return random;
}

uint64_t Random::next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

double Random::uniform() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

int64_t Random::below(int64_t count) {
  // The high half of a 128-bit product (Lemire 2019); its bias, below count / 2^64, is of no matter here.
  __extension__ using Wide = unsigned __int128;
  return static_cast<int64_t>((static_cast<Wide>(next()) * static_cast<Wide>(count)) >> 64);
}

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::vector<int64_t> Random::permutation(int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = count - 1; i > 0; --i) {
    std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(below(i + 1))]);
  }
  return order;
}

}  // namespace gerund::base
