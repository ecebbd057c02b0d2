// tests/clip/resize_pass_test.cc - both passes against the sum that defines them, for any size and any alignment.
#include "clip/resize_pass.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace gerund::clip {
namespace {

std::vector<uint8_t> random_bytes(base::Random& random, size_t count) {
  std::vector<uint8_t> bytes(count);
  // Extremes are likely, so that sums reach both ends.
  for (uint8_t& byte : bytes) byte = random.chance(0.3) ? 255 : static_cast<uint8_t>(random.below(256));
  return bytes;
}

// round(sum of weight * level), in 64 bits. `stride`: bytes from one source position to the next.
int level(const ResizeFilter& filter, int target, const uint8_t* source, size_t stride) {
  int64_t sum = 0;
  for (int i = 0; i < filter.windows[static_cast<size_t>(target)].count; ++i)
    sum += int64_t{filter.weights_of(target)[i]} * source[static_cast<size_t>(i) * stride];
  return static_cast<int>(std::clamp<int64_t>((sum + (1 << 21)) >> 22, 0, 255));
}

TEST(RowPass, GivesTheWeightedSums) {
  base::Random random(5);
  for (int round = 0; round < 300; ++round) {
    const auto source_width = static_cast<int>(1 + random.below(round % 10 == 0 ? 3000 : 90));
    const auto target_width = static_cast<int>(1 + random.below(90));
    const auto first = static_cast<int>(random.below(target_width));
    const ResizeFilter filter = make_resize_filter(source_width, target_width,
                                                   {first, static_cast<int>(1 + random.below(target_width - first))});
    const std::vector<uint8_t> source = random_bytes(random, static_cast<size_t>(source_width) * 3);
    // Of their exact sizes, so that a sanitizer sees a byte too many.
    std::vector<uint8_t> target(filter.windows.size() * 3);
    RowPass pass(filter, source_width);
    for (int turn = 0; turn < 2; ++turn) pass.run(source.data(), target.data());
    for (size_t x = 0; x < filter.windows.size(); ++x) {
      for (size_t c = 0; c < 3; ++c) {
        const uint8_t* window = source.data() + static_cast<size_t>(filter.windows[x].first) * 3 + c;
        ASSERT_EQ(target[x * 3 + c], level(filter, static_cast<int>(x), window, 3))
            << source_width << " to " << target_width << ", pixel " << x;
      }
    }
  }
}

TEST(FilterColumns, GivesTheWeightedSums) {
  base::Random random(6);
  for (int round = 0; round < 100; ++round) {
    const auto width = static_cast<int>(1 + random.below(40));
    const auto source_height = static_cast<int>(1 + random.below(90));
    const auto target_height = static_cast<int>(1 + random.below(90));
    const ResizeFilter filter = make_resize_filter(source_height, target_height, {0, target_height});
    const size_t row_bytes = static_cast<size_t>(width) * 3;
    const std::vector<uint8_t> source = random_bytes(random, row_bytes * static_cast<size_t>(source_height));
    std::vector<uint8_t> target(row_bytes);
    for (int y = 0; y < target_height; ++y) {
      const uint8_t* rows =
          source.data() + static_cast<size_t>(filter.windows[static_cast<size_t>(y)].first) * row_bytes;
      filter_columns(filter, y, rows, row_bytes, target.data());
      for (size_t x = 0; x < row_bytes; ++x) ASSERT_EQ(target[x], level(filter, y, rows + x, row_bytes));
    }
  }
}

}  // namespace
}  // namespace gerund::clip
